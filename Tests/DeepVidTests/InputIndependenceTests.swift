import DeepCache
import DeepVid
import Models
import TestSupport
import Testing
import Video
import Vision

/// Several inputs through one analyzer, as `infer a b` and workers of a batch have it.
@Suite struct InputIndependenceTests {
    /// A dark picture with a bright block that moves; the second input has another one.
    private func frame(_ index: Int, of input: Int) throws -> Frame {
        let (width, height) = (320, 240), left = 8 * (index * (input + 1) % 32), top = 40 + 60 * input
        var traits = Frame.Traits()
        (traits.index, traits.pts) = (index, Int64(index))
        return try #require(
            Frame(pixelFormat: "yuv420p", width: width, height: height, traits: traits) { plane, bytes, rowBytes in
                bytes.update(repeating: plane == 0 ? 60 : UInt8(100 + 50 * input))
                guard plane == 0 else { return }
                for y in top..<top + 48 { for x in left..<left + 48 { bytes[y * rowBytes + x] = UInt8(120 + (x + y + index) % 100) } }
            })
    }

    private struct Seen: Equatable {
        let answer: HeadResult
        let share: Double?
        let reason: ReuseReason?
    }

    private func run(_ analyzer: ModelAnalyzer, input: Int) throws -> [Seen] {
        analyzer.begin()
        return try (0..<40).map { index in
            let result = try analyzer.process(frame(index, of: input), index: nil)
            return Seen(answer: result.answer, share: result.reuse?.share, reason: result.reuse?.reason)
        }
    }

    private func analyzer(_ policy: ReuseOptions.Policy) throws -> ModelAnalyzer {
        var options = ModelOptions(), reuse = ReuseOptions()
        options.model = Files.fixture("models/colours.onnx")
        reuse.policy = policy
        return try ModelAnalyzer(
            LoadedModel(options), RunOptions(model: options, video: VideoOptions(), threads: 1, reuse: reuse))
    }

    @Test(arguments: ReuseOptions.Policy.allCases)
    func anInputGivesTheSameAfterAnother(policy: ReuseOptions.Policy) throws {
        let one = try analyzer(policy), other = try analyzer(policy)
        let before = one.tolerance
        _ = try run(one, input: 0)
        #expect(one.policy == policy)
        let after = try run(one, input: 1), alone = try run(other, input: 1)
        for (index, (after, alone)) in zip(after, alone).enumerated() { #expect(after == alone, "frame \(index)") }
        #expect(one.tolerance == other.tolerance)
        one.begin()
        #expect(one.tolerance == before)
    }

    @Test func auditsAreThoseOfTheInput() throws {
        let analyzer = try analyzer(.adaptive), start = analyzer.tolerance
        _ = try run(analyzer, input: 0)
        let first = try #require(analyzer.tolerance)
        #expect(first != start, "the first input taught nothing, so this shows nothing")
        analyzer.begin()
        #expect(analyzer.tolerance == start)
        #expect(try analyzer.process(frame(0, of: 1), index: nil).reuse?.reason == .firstFrame)
    }
}
