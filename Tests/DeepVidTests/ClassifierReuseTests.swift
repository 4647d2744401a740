import DeepCache
import Models
import Foundation
import TestSupport
import Testing
import Video

@testable import DeepVid

/// Published classifiers and clips beside the checkout; a bare clone does not have them.
private enum SharedClips {
    static let folder = Files.shared
    static let model = folder.appendingPathComponent("models/converted/squeezenet_imagenet_fp32.onnx").path
    static let resting = folder.appendingPathComponent("videos/fixed_intel_bottle-detection.mp4").path
    static let flickering = folder.appendingPathComponent("videos/fixed_intel_person-bicycle-car-detection_reenc.mp4").path
    static var arePresent: Bool { [model, resting, flickering].allSatisfy { FileManager.default.fileExists(atPath: $0) } }
}

/// `--cache adaptive` with a classifier.
@Suite(.enabled(if: SharedClips.arePresent, "../shared/models and ../shared/videos are not there"))
struct ClassifierReuseTests {
    private func compare(_ clip: String, frames: Int, target: Double = 0.99) throws -> [ComparedFrame] {
        var model = ModelOptions(), video = VideoOptions(), reuse = ReuseOptions()
        (model.model, model.topK, video.maxFrames, reuse.targetAgreement) = (SharedClips.model, 1, frames, target)
        var all: [ComparedFrame] = []
        let comparison = try Comparison(RunOptions(model: model, video: video, threads: 1, reuse: reuse), policies: [reuse])
        if let error = comparison.run(clip, onFrame: { all.append($1) }).summary.error { throw error }
        return all
    }

    /// The answer stands, though noise moves it: a few frames prove it, then nearly all is reused.
    @Test func whereTheAnswerStandsItIsReused() throws {
        let frames = try compare(SharedClips.resting, frames: 100)
        #expect(frames.count == 100)
        #expect(frames.allSatisfy { $0.agreement == 1 })
        #expect(frames[0].reason == .firstFrame)
        #expect(frames[1..<7].allSatisfy { $0.reason == .audit })
        let later = frames[7...]
        #expect(later.count { $0.reason == nil } > 85)
        #expect(later.reduce(0) { $0 + $1.reused.reuse!.share } / Double(later.count) > 0.8)
    }

    /// The two best classes are next to each other: reuse is found not to serve, and costs next to nothing from then on.
    @Test func whereTheAnswerFlickersItIsComputed() throws {
        let frames = try compare(SharedClips.flickering, frames: 90)
        #expect(frames.allSatisfy { $0.agreement == 1 })
        #expect(frames.count { $0.reason == .audit } <= 6)
        #expect(frames.count { $0.reason == .notWorthwhile } >= 80)
    }

    /// Nothing is withheld, so there is nothing to verify.
    @Test func exactReuseIsNotJudged() throws {
        let frames = try compare(SharedClips.resting, frames: 20, target: 1)
        #expect(frames.allSatisfy { $0.agreement == 1 })
        #expect(frames[1..<4].allSatisfy { $0.reason != .audit })
    }
}

extension ComparedFrame {
    fileprivate var reason: ReuseReason? { reused.reuse?.reason }
}
