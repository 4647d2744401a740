import Models
import Foundation
import TestSupport
import Testing

@testable import CacheNet
@testable import DeepVid

/// A bundle with all of its models in this process.
@Suite struct InProcessRoutingTests {
    private func start(size: Int = 1, _ change: (inout RouteOptions) -> Void = { _ in }, cache: ReuseOptions.Policy = .off) throws
        -> RoutedRun
    {
        var route = RouteOptions(.submodels(bundle: tinyBundle))
        (route.submodelCache, route.hysteresis) = (size, Hysteresis(votes: 2, among: 3))
        change(&route)
        return try RoutedRun(route, cache: cache)
    }

    @Test(arguments: [ReuseOptions.Policy.off, .adaptive])
    func submodelsAnswerWhatIsTheirs(cache: ReuseOptions.Policy) throws {
        let run = try start(cache: cache)
        let hues: [Hue] = [.red, .red, .green, .green, .green, .blue, .green, .gray]
        var lines: [String] = []
        for hue in hues {
            let analysis = try run.show(hue)
            let route = try #require(analysis.route)
            if hue != .gray { #expect(analysis.label == "\(hue)") }
            #expect(route.servedBy == .device)
            #expect(route.reason == nil)
            #expect(route.edgeMs == nil)
            #expect((analysis.reuse == nil) == (cache == .off))
            lines.append(
                "\(route.submodel.map(String.init) ?? "full") \(route.selected.map(String.init) ?? "-") \(route.hit) \(route.miss)")
            if let entropy = route.entropy { #expect((entropy < 0.5) == route.hit) }
        }
        #expect(
            lines == [
                "1 1 true true", "1 - true false", "full 2 false true", "2 2 true true", "2 - true false", "full 3 false true",
                "2 - true false", lines[7],
            ])
        #expect(lines[7].hasPrefix("full "))
        #expect(lines[7].contains("false"))
        let end = run.end
        #expect(end.hits == 5)
        #expect((2...3).contains(end.switches))
        #expect(end.misses >= 4)
        #expect(end.frames == 8)
        #expect(end.edgeAnswers == 0)
        #expect(end.edgeSeconds == 0)
        #expect(end.deviceSeconds > 0)
        run.analyzer.begin()
        #expect(run.end.hits == 0, "the next input has counts of its own")
    }

    @Test func aLargerCacheConsultsWhatIsThere() throws {
        let run = try start(size: 2)
        for hue: Hue in [.red, .green, .green, .green, .green, .green] { _ = try run.show(hue) }
        let lone = try run.route(.red)
        #expect(lone.submodel == 1)
        #expect(lone.hit)
        #expect(!lone.miss)
        #expect(run.analyzer.plan.router.active == 2)
    }

    @Test func theThresholdIsTheBundlesOrAnother() throws {
        let strict = try start { $0.threshold = 1e-12 }
        #expect(try strict.route(.red).hit == false)
        let lax = try start { $0.threshold = 1 }
        _ = try lax.show(.red)
        // Submodel 1 cannot tell green from blue (0.69 nats), and is believed.
        let route = try lax.route(.green)
        #expect(route.hit)
        #expect(route.submodel == 1)
        #expect(abs(try #require(route.entropy) - 0.6931) < 0.01)
    }

    @Test func theFullModelAlone() throws {
        let run = try RoutedRun(RouteOptions(.deviceOnly(bundle: tinyBundle)))
        for hue: Hue in [.red, .green, .blue] {
            let analysis = try run.show(hue)
            #expect(analysis.label == "\(hue)")
            #expect(analysis.route?.submodel == nil)
            #expect(analysis.route?.selected == nil)
            #expect(analysis.route?.hit == false)
            #expect(analysis.route?.servedBy == .device)
        }
        #expect(run.analyzer.selector == nil)
        #expect(run.end.hits == 0)
    }

    /// A checkpoint holds all that the rest depends on.
    @Test(arguments: [ReuseOptions.Policy.off, .adaptive])
    func goesOnFromItsState(cache: ReuseOptions.Policy) throws {
        let run = try start(size: 2, cache: cache)
        for hue: Hue in [.red, .red, .green, .green, .green, .blue] { _ = try run.show(hue) }
        let data = try JSONEncoder().encode(run.analyzer.state)
        guard case .routed(let state) = try JSONDecoder().decode(AnalyzerState.self, from: data) else {
            Issue.record("another kind of state")
            return
        }
        let again = try RoutedAnalyzer(run.analyzer.models, run.options, resuming: state)
        #expect(again.plan.router == run.analyzer.plan.router)
        for (i, hue) in [Hue.blue, .blue, .red, .green, .gray, .blue].enumerated() {
            let (a, b) = (try run.show(hue), try again.process(makeFrame(6 + i, hue), index: nil))
            #expect(a.answer == b.answer)
            #expect(a.route == b.route)
        }
        #expect(again.counts.hits == run.analyzer.counts.hits)
    }

    @Test func aBundleThatIsDamagedIsNoModel() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        let bundle = folder + "/b"
        try FileManager.default.copyItem(atPath: tinyBundle, toPath: bundle)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: bundle + "/submodel-2.onnx"))
        bytes[300] ^= 1
        try bytes.write(to: URL(fileURLWithPath: bundle + "/submodel-2.onnx"))
        var route = RouteOptions(.submodels(bundle: bundle))
        route.hysteresis = Hysteresis(votes: 2, among: 3)
        let run = try RoutedRun(route)
        _ = try run.show(.red)
        _ = try run.show(.green)
        let error = #expect(throws: DeepVidError.self) { try run.show(.green) }
        #expect(error?.code == .damagedFile)
        #expect(error?.message.contains("submodel-2.onnx") == true)
    }
}
