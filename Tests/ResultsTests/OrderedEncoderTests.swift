import Foundation
import Results
import Testing

@Suite struct OrderedEncoderTests {
    private struct Numbers<P: Decimals>: Codable, Equatable {
        @Rounded<P, Double> var value: Double
        @Rounded<P, Double?> var maybe: Double?
        @Rounded<P, [[Double]]> var list: [[Double]]
    }

    private func text<P: Decimals>(_ value: Double, _: P.Type) -> String {
        jsonText(of: Numbers<P>(value: value, maybe: nil, list: []))
    }

    @Test(
        arguments: [
            (0.0, "0"), (-0.0, "0"), (1, "1"), (0.5, "0.5"), (12.345, "12.35"), (-12.344, "-12.34"), (-0.001, "0"), (0.05, "0.05"),
            (-0.05, "-0.05"), (99.999, "100"), (1e15, "1000000000000000"), (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
            (1e300, "1e+300"), (7, "7"), (2.5, "2.5"), (1234.5, "1234.5"), (100, "100"), (10.01, "10.01"),
        ] as [(Double, String)])
    func twoDecimals(value: Double, expected: String) {
        #expect(text(value, Decimals2.self) == #"{"value":\#(expected),"list":[]}"#)
    }

    @Test func otherDecimals() {
        #expect(text(0.25, Decimals1.self) == #"{"value":0.3,"list":[]}"#)
        #expect(text(0.0005, Decimals3.self) == #"{"value":0.001,"list":[]}"#)
        #expect(text(0.12344, Decimals4.self) == #"{"value":0.1234,"list":[]}"#)
        #expect(text(33.366667, Decimals6.self) == #"{"value":33.366667,"list":[]}"#)
    }

    /// The decimal that is nearest, as printf has it, but for exact halves.
    @Test func manyNumbers() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let value = Double.random(in: -1e6...1e6, using: &generator)
            let written = try #require(Double(text(value, Decimals4.self).dropFirst(9).prefix { $0 != "," }))
            #expect(abs(written - value) <= 0.5001e-4, "\(value)")
            #expect(String(format: "%.4f", written) == String(format: "%.4f", value), "\(value)")
        }
    }

    @Test func listsAndOptionals() throws {
        let numbers = Numbers<Decimals2>(value: 1, maybe: 2.345, list: [[], [0.001, .nan]])
        #expect(jsonText(of: numbers) == #"{"value":1,"maybe":2.35,"list":[[],[0,null]]}"#)
        let read = try JSONDecoder().decode(Numbers<Decimals2>.self, from: Data(#"{"value":null,"list":[[],[0,null]]}"#.utf8))
        #expect(read.value.isNaN)
        #expect(read.maybe == nil)
        #expect(read.list[1][1].isNaN)
        #expect(read.list[1][0] == 0)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Numbers<Decimals2>.self, from: Data(#"{"list":[]}"#.utf8)) }
    }

    @Test func integers() {
        #expect(jsonText(of: [0, -1, 10, Int.min, Int.max]) == "[0,-1,10,\(Int.min),\(Int.max)]")
    }

    /// Every scalar below U+0100, some beyond, and what JSON must escape, come back from Foundation's parser.
    @Test func stringsSurvive() throws {
        var all = String(String.UnicodeScalarView((0..<0x100).compactMap(Unicode.Scalar.init)))
        all += "\u{2028}\u{FFFD}🚲 \"quoted\" back\\slash /"
        let line = jsonText(of: [all])
        #expect(!line.contains("\n"))
        #expect(try JSONDecoder().decode([String].self, from: Data(line.utf8)) == [all])
    }

    @Test func objectsKeepTheirOrder() {
        let nothing: Int? = nil
        let object: JSONObject = [
            "z": 1, "empty": [:] as JSONObject, "nothing": nothing, "list": [["a": true, "b": false] as JSONObject, [:]], "none": [Int](),
            "share": Rounded3(0.12345), "last": "three",
        ]
        #expect(jsonText(of: object) == #"{"z":1,"empty":{},"list":[{"a":true,"b":false},{}],"none":[],"share":0.123,"last":"three"}"#)
    }
}
