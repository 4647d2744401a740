import Testing

@testable import Reports

@Suite struct FormatTests {
    @Test(arguments: [
        (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (-2.5, 0, "-3"), (99.96, 1, "100.0"), (1e15, 2, "1000000000000000.0"),
    ])
    func decimals(value: Double, places: Int, expected: String) { #expect(Format.decimal(value, places) == expected) }

    @Test func notANumber() {
        #expect(Format.decimal(.nan, 2) == "nan")
        #expect(Format.percent(.infinity) == "–")
        #expect(Format.time(.nan) == "–")
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1\u{202F}000"), (1_234_567, "1\u{202F}234\u{202F}567"), (-1000, "-1\u{202F}000")])
    func counts(value: Int, expected: String) { #expect(Format.count(value) == expected) }

    @Test func nouns() {
        #expect(Format.count(1, "track") == "1 track")
        #expect(Format.count(0, "track") == "0 tracks")
    }

    @Test(arguments: [(25.0, "25"), (12.5, "12.5"), (29.97, "29.97"), (10, "10"), (0.104, "0.1")])
    func shortNumbers(value: Double, expected: String) { #expect(Format.short(value) == expected) }

    @Test(arguments: [(0.0, "0:00"), (59.6, "1:00"), (123, "2:03"), (3723, "1:02:03"), (-5, "-0:05"), (-0.2, "0:00")])
    func times(seconds: Double, expected: String) { #expect(Format.time(seconds) == expected) }

    @Test func shortSpansHaveTenths() {
        #expect(Format.time(5.26, within: 20) == "0:05.3")
        #expect(Format.time(59.96, within: 99) == "1:00.0")
        #expect(Format.time(-0.3, within: 20) == "-0:00.3")
        #expect(Format.time(5.26, within: 100) == "0:05")
    }

    @Test(arguments: [(123.4567, "2:03.457"), (3723.456, "1:02:03.456"), (-1.5, "-0:01.500"), (0, "0:00.000")])
    func clocks(seconds: Double, expected: String) { #expect(Format.clock(seconds) == expected) }

    @Test func milliseconds() {
        #expect(Format.milliseconds(3.14) == "3.1 ms")
        #expect(Format.milliseconds(31.4) == "31 ms")
        #expect(Format.milliseconds(0) == "0 ms")
    }

    @Test func namesSort() {
        #expect(Format.padded(7, 3) == "007")
        #expect(Format.padded(1234, 3) == "1234")
    }
}
