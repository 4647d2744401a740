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
        let comparison = try Comparison(RunOptions(model: modelOptions, video: video, threads: threads, cache: cache))
        let all = try comparison.run(clip)
        func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
        func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
        if frames {
            for f in all {
                print(
                    "\(f.frame) \(String(format: "%.2f %.2f %.3f", f.denseMs, f.cachedMs, f.reused)) \(f.reason ?? "") \(f.agreement.map { String($0) } ?? "")"
                )
            }
        }
        let dense = all.reduce(0) { $0 + $1.denseMs }, cached = all.reduce(0) { $0 + $1.cachedMs }
        print(
            String(
                format:
                    "{\"epsilon\":%.4f,\"frames\":%d,\"dense_ms\":%.3f,\"cached_ms\":%.3f,\"speedup\":%.3f,\"reused\":%.4f,\"agreement\":%.4f,\"match_ms\":%.3f,\"rests\":%d,\"resets\":%d}",
                comparison.epsilon ?? 0, all.count, dense / Double(all.count), cached / Double(all.count), dense / cached,
                mean(all.map(\.reused)),
                mean(all.compactMap(\.agreement)), mean(all.map(\.matchMs)), all.filter { $0.reused == 1 }.count,
                all.filter { $0.reason != nil }.count))
    }
}
