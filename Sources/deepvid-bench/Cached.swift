import Models
import ArgumentParser
import Foundation
import DeepVid
import Video

struct Cached: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Cached against dense inference over a clip; prints one JSON object.")
    @Argument var clip: String
    @Option var model: String?
    @Option var threads = 1
    @Option var score = 0.4
    @Option var policy = "adaptive"
    @Option var epsilon: Float?
    @Option var blockTolerance: Float?
    @Option var block = 8
    @Option var target = 0.99
    @Option var maxFrames: Int?
    @Flag var frames = false

    func run() throws {
        var modelOptions = ModelOptions()
        (modelOptions.model, modelOptions.score) = (model, score)
        var video = VideoOptions()
        video.maxFrames = maxFrames
        var cache = ReuseOptions()
        guard let policy = ReuseOptions.Policy(rawValue: policy) else { throw ValidationError("no policy is called \(policy)") }
        cache.policy = policy
        (cache.epsilon, cache.blockTolerance, cache.block, cache.targetAgreement) = (epsilon, blockTolerance, block, target)
        let comparison = try Comparison(RunOptions(model: modelOptions, video: video, threads: threads, reuse: cache))
        var all: [ComparedFrame] = []
        if let error = comparison.run(clip, onFrame: { all.append($0) }).summary.error { throw error }
        func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
        func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
        func share(_ frame: ComparedFrame) -> Double { frame.reused.reuse?.share ?? 0 }
        if frames {
            for frame in all {
                let times = String(format: "%.2f %.2f %.3f", frame.denseMilliseconds, frame.reusedMilliseconds, share(frame))
                let reason = frame.reused.reuse?.reason?.rawValue ?? ""
                print("\(frame.reused.frame.index) \(times) \(reason) \(frame.agreement.map { String($0) } ?? "")")
            }
        }
        let dense = all.reduce(0) { $0 + $1.denseMilliseconds }, cached = all.reduce(0) { $0 + $1.reusedMilliseconds }
        print(
            String(
                format:
                    "{\"epsilon\":%.4f,\"frames\":%d,\"dense_ms\":%.3f,\"cached_ms\":%.3f,\"speedup\":%.3f,\"reused\":%.4f,\"agreement\":%.4f,\"match_ms\":%.3f,\"rests\":%d,\"resets\":%d}",
                comparison.tolerance ?? 0, all.count, dense / Double(all.count), cached / Double(all.count), dense / cached,
                mean(all.map(share)), mean(all.compactMap(\.agreement)), mean(all.map { $0.reused.timing.match ?? 0 }),
                all.count { share($0) == 1 }, all.count { $0.reused.reuse?.reason != nil }))
    }
}
