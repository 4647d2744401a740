import Models
import CacheNet
import Foundation
import TestSupport
import Video
import Vision

@testable import DeepVid

/// Colors that the tiny bundle knows, and one that no submodel is sure of.
enum Hue: Int { case red, green, blue, gray }

func makeFrame(_ index: Int, _ hue: Hue) -> Frame {
    var traits = Frame.Traits()
    (traits.index, traits.pts, traits.matrix) = (index, Int64(index), .rgb)
    return Frame(pixelFormat: "rgb24", width: 32, height: 24, traits: traits) { _, bytes, _ in
        for i in bytes.indices { bytes[i] = hue == .gray ? 120 : i % 3 == hue.rawValue ? 220 : 30 }
    }!
}

/// The bundle of `scripts/make-tiny-bundle`.
let tinyBundle = Files.fixture("bundles/tiny")

/// The one beside it, of detectors: the submodels take smaller pictures than the full model, and do not know blue.
let detectorBundle = Files.fixture("bundles/tiny-detector")

/// An analyzer over a bundle, and frames through it.
final class RoutedRun {
    let analyzer: RoutedAnalyzer
    let options: RunOptions
    private(set) var index = 0

    init(_ route: RouteOptions, cache: ReuseOptions.Policy = .off, model: ModelOptions = ModelOptions()) throws {
        var cacheOptions = ReuseOptions()
        cacheOptions.policy = cache
        options = RunOptions(model: model, video: VideoOptions(), threads: 1, reuse: cacheOptions)
        analyzer = try RoutedAnalyzer(try RoutedModels(route, model: options.model), options)
    }

    func show(_ hue: Hue) throws -> FrameResult {
        defer { index += 1 }
        return try analyzer.process(makeFrame(index, hue), index: nil)
    }

    func route(_ hue: Hue) throws -> RouteOutcome { try show(hue).route! }

    /// Frames of one color until `condition`, or for ten seconds: what comes in the background takes its time.
    func show(_ hue: Hue, until condition: (RouteOutcome) -> Bool) throws -> RouteOutcome {
        let start = ContinuousClock.now
        while true {
            let route = try route(hue)
            if condition(route) || start.duration(to: .now) > .seconds(10) { return route }
            Thread.sleep(forTimeInterval: 0.002)
        }
    }

    /// Frames of one color until the selector has come.
    func waitForSelector(_ hue: Hue) throws {
        for _ in 0..<5000 where analyzer.selector == nil {
            _ = try show(hue)
            Thread.sleep(forTimeInterval: 0.002)
        }
    }

    var end: RouteCounts {
        var summary = RunSummary(source: "")
        analyzer.complete(&summary)
        return summary.routes!
    }
}

extension FrameResult {
    var label: String? { if case .classes(let classes) = answer { classes.first?.label } else { nil } }
}

extension RouteOutcome {
    var selected: Int? { selection?.submodel }
    var edgeMs: Double? { edgeMilliseconds }
}
