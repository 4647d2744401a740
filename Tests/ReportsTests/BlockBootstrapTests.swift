import Testing

@testable import Reports

struct BlockBootstrapTests {
    /// 20 s of 10 frames a second.
    private func interval(_ value: (Int) -> Double) -> ClosedRange<Double>? {
        var bootstrap = BlockBootstrap()
        for frame in 0..<200 { bootstrap.add(value(frame), at: Double(frame) / 10) }
        return bootstrap.interval
    }

    @Test func theMeanIsInside() throws {
        let interval = try #require(interval { $0 % 7 == 0 ? 0.5 : 1 })
        #expect(interval.contains(200.0 / 200 - 0.5 * 29 / 200))
        #expect(interval.lowerBound < interval.upperBound)
    }

    /// The rule of three.
    @Test func framesThatAgreeLeaveThreeInAll() { #expect(interval { _ in 1 } == 1 - 3.0 / 200...1) }

    @Test func valuesThatAreTheSameGiveAPoint() { #expect(interval { _ in 0.5 } == 0.5...0.5) }

    @Test func theSameFramesGiveTheSame() { #expect(interval { Double($0 % 13) / 13 } == interval { Double($0 % 13) / 13 }) }

    /// As many mistakes in few seconds say less of the mean than mistakes that are spread.
    @Test func mistakesInARowAreOne() throws {
        let spread = try #require(interval { $0 % 10 == 0 ? 0 : 1 }), together = try #require(interval { $0 < 20 ? 0 : 1 })
        #expect(together.upperBound - together.lowerBound > 2 * (spread.upperBound - spread.lowerBound))
    }

    @Test func tooFewSecondsGiveNone() {
        var bootstrap = BlockBootstrap()
        for frame in 0..<70 { bootstrap.add(Double(frame % 2), at: Double(frame) / 10) }
        #expect(bootstrap.interval == nil)
        bootstrap.add(1, at: 7)
        #expect(bootstrap.interval != nil)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300]) func timesThatAreNoneDoNoHarm(time: Double) {
        var bootstrap = BlockBootstrap()
        bootstrap.add(1, at: time)
        #expect(bootstrap.interval == nil)
    }
}
