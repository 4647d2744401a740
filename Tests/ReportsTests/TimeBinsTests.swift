import TestSupport
import Testing

@testable import Reports

@Suite struct TimeBinsTests {
    private func bins(_ count: Int, limit: Int) throws -> TimeBins {
        var bins = TimeBins(limit: limit)
        for (index, record) in try frameRecords((0..<count).map { frameLine($0, reused: 0.5, total: Double($0 + 1)) }).enumerated() {
            bins.add(record, at: Double(index) / 10)
        }
        return bins
    }

    @Test func fewFramesHaveABinEach() throws {
        let bins = try bins(5, limit: 8).bins
        #expect(bins.map(\.frames) == [1, 1, 1, 1, 1])
        #expect(bins.map(\.first) == [0, 0.1, 0.2, 0.3, 0.4])
        #expect(bins.map(\.total) == [1, 2, 3, 4, 5])
    }

    @Test(arguments: [8, 9, 17, 100, 1000])
    func manyFramesStayBounded(count: Int) throws {
        let bins = try bins(count, limit: 8).bins
        #expect(bins.count <= 8)
        #expect(bins.count >= 4)
        #expect(bins.reduce(0) { $0 + $1.frames } == count)
        #expect(bins.reduce(0) { $0 + $1.total } == Double(count * (count + 1) / 2))
        #expect(bins.map(\.slowest).max() == Double(count))
        #expect(bins.reduce(0) { $0 + $1.reusing } == count)
        #expect(bins.map(\.first) == bins.map(\.first).sorted())
    }

    @Test func reducedBinsHaveTheSameFrames() throws {
        let bins = try bins(100, limit: 64)
        #expect(bins.reduced(to: 10).count <= 10)
        #expect(bins.reduced(to: 10).reduce(0) { $0 + $1.frames } == 100)
        #expect(bins.reduced(to: 0).count == 1)
        #expect(bins.reduced(to: 64).count == bins.bins.count)
    }

    @Test func absurdTimesAreLeftOut() throws {
        var bins = TimeBins(limit: 4)
        for record in try frameRecords([frameLine(0, reused: 0.5, total: -3), frameLine(1, total: 1e12)]) {
            bins.add(record, at: 0)
        }
        #expect(bins.bins.allSatisfy { $0.total == 0 })
        #expect(bins.bins.map(\.reusing) == [1, 0])
    }

    @Test func axisStretches() {
        let axis = TimeAxis(first: 0, last: 10)
        #expect(axis.x(5) == 500)
        #expect(axis.x(-3) == 0)
        #expect(axis.x(30) == 1000)
        // Bins of ten frames a second each; nothing is known between 3 and 8 seconds.
        let bins = [0.0, 1, 2, 8].map { TimeBin(first: $0, last: $0 + 0.9, frames: 10) }
        let stretches = axis.stretches(bins)
        #expect(stretches.map(\.from) == [0, 100, 200, 800])
        #expect(stretches[0].to == 100)
        #expect(abs(stretches[2].to - 300) < 1e-6)
    }

    @Test func chartsHaveGaps() {
        let axis = TimeAxis(first: 0, last: 10)
        var bins = [0.0, 1, 2, 8].map { TimeBin(first: $0, last: $0 + 0.9, frames: 10) }
        for index in bins.indices { bins[index].total = 40 }
        bins[1].total = 0
        let series = LineChart.Series(name: "mean", style: "c2", isArea: true) { $0.total > 0 ? $0.total / Double($0.frames) : nil }
        let chart = LineChart(title: "Work", note: "<all>", axis: axis, series: [series], top: 8, unit: { Format.milliseconds($0) })
        let html = chart.html(bins).text
        // An area for each of the three parts, half as high as the chart.
        #expect(html.contains("d=\"M0 120V60H100V120ZM200 120V60H300V120ZM800 120V60H900V120Z\""))
        #expect(html.contains("&lt;all&gt;"))
        #expect(html.contains("<span>8.0 ms</span><span>4.0 ms</span><span>0 ms</span>"))
    }

    @Test(arguments: [(0.0, "0"), (1.04, "1"), (1.06, "1.1"), (999.95, "1000")])
    func coordinates(value: Double, expected: String) { #expect(coordinate(value) == expected) }
}
