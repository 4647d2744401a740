import Models
import Foundation
import Testing
import Video

@testable import DeepVid

/// Published classifiers and clips beside the checkout; a bare clone does not have them.
private enum SharedClips {
    static let folder: URL = {
        let repository = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return repository.deletingLastPathComponent().appendingPathComponent("shared")
    }()
    static let model = folder.appendingPathComponent("models/converted/squeezenet_imagenet_fp32.onnx").path
    static let resting = folder.appendingPathComponent("videos/fixed_intel_bottle-detection.mp4").path
    static let flickering = folder.appendingPathComponent("videos/fixed_intel_person-bicycle-car-detection_reenc.mp4").path
    static var arePresent: Bool { [model, resting, flickering].allSatisfy { FileManager.default.fileExists(atPath: $0) } }
}

/// `--cache adaptive` with a classifier.
@Suite(.enabled(if: SharedClips.arePresent, "../shared/models and ../shared/videos are not there"))
struct ClassifierReuseTests {
    private func compare(_ clip: String, frames: Int, target: Double = 0.99) throws -> [Comparison.FrameFigures] {
        var model = ModelOptions(), video = VideoOptions(), cache = CacheOptions()
        (model.model, model.topK, video.maxFrames, cache.targetAgreement) = (SharedClips.model, 1, frames, target)
        return try Comparison(InferenceOptions(model: model, video: video, threads: 1, cache: cache)).run(clip)
    }

    /// The answer stands, though noise moves it: a few frames prove it, then nearly all is reused.
    @Test func whereTheAnswerStandsItIsReused() throws {
        let frames = try compare(SharedClips.resting, frames: 100)
        #expect(frames.count == 100 && frames.allSatisfy { $0.agreement == 1 })
        #expect(frames[0].reason == "first_frame" && frames[1..<7].allSatisfy { $0.reason == "audit" })
        let later = frames[7...]
        #expect(later.count { $0.reason == nil } > 85 && later.reduce(0) { $0 + $1.reused } / Double(later.count) > 0.8)
    }

    /// The two best classes are next to each other: reuse is found not to serve, and costs next to nothing from then on.
    @Test func whereTheAnswerFlickersItIsComputed() throws {
        let frames = try compare(SharedClips.flickering, frames: 90)
        #expect(frames.allSatisfy { $0.agreement == 1 })
        #expect(frames.count { $0.reason == "audit" } <= 6 && frames.count { $0.reason == "not_worthwhile" } >= 80)
    }

    /// Nothing withheld, nothing to prove.
    @Test func exactReuseIsNotJudged() throws {
        let frames = try compare(SharedClips.resting, frames: 20, target: 1)
        #expect(frames.allSatisfy { $0.agreement == 1 } && frames[1..<4].allSatisfy { $0.reason != "audit" })
    }
}
