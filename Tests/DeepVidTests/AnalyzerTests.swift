import DeepVid
import TestSupport
import Testing

/// The library as docs/library.md has it, with no other import: `Model`, `Analyzer`, frames.
@Suite struct AnalyzerTests {
    /// Detectors and a classifier; those of `../shared` are left out without it.
    static let models: [String?] =
        [nil, Files.fixture("models/colours.onnx"), Files.fixture("models/vehicles.onnx")]
        + Files.sharedModels.filter { path in
            ["nanodet_m_416", "yolox_nano_416", "picodet_s_320_coco", "fastestdet_352", "mobilenet_v2_1.0_224_imagenet1001"]
                .contains { path.hasSuffix("/\($0).onnx") }
        }

    private static let frames = 20

    private func model(_ path: String?) throws -> Model {
        try Model(ModelOptions(model: path))
    }

    private func results(_ model: Model, _ reuse: ReuseOptions) throws -> [FrameResult] {
        let video = try VideoReader(Files.clip("street.mp4")), analyzer = try Analyzer(model, reuse: reuse)
        return try (0..<Self.frames).map { _ in try analyzer.analyze(#require(try video.next())) }
    }

    @Test(arguments: models) func atTargetOneReuseChangesNoBit(path: String?) throws {
        let model = try model(path)
        let reused = try results(model, ReuseOptions(targetAgreement: 1)), computed = try results(model, .off)
        #expect(reused.map(\.answer) == computed.map(\.answer))
        // The others have too few pixels to be worth comparing.
        guard path == nil || path!.contains("nanodet") else { return }
        #expect(reused.contains { ($0.reuse?.share ?? 0) > 0 }, "nothing was reused, so this shows nothing")
    }

    /// What the command line runs where frames are answered one by one.
    @Test(arguments: models) func anAnalyzerAnswersAsARun(path: String?) throws {
        let analyzed = try results(try model(path), ReuseOptions())
        var options = RunOptions(model: ModelOptions(model: path), video: VideoOptions(maxFrames: Self.frames), threads: 1)
        options.reuse.mayPropagate = false
        var run: [FrameResult] = []
        _ = try Runs(options).run(Files.clip("street.mp4")) { _, output in
            if case .frame(let result) = output { run.append(result) }
        }
        #expect(analyzed.map(\.answer) == run.map(\.answer))
        #expect(analyzed.map { $0.reuse?.share } == run.map { $0.reuse?.share })
    }

    /// What Examples/ClipContents prints.
    @Test func theEmbeddedModelSeesWhatIsInTheClip() throws {
        let video = try VideoReader(Files.clip("street.mp4")), analyzer = try Analyzer(Model())
        var seen: [String: Int] = [:], frames = 0
        while let frame = try video.next() {
            frames += 1
            for label in Set(try analyzer.analyze(frame).detections.map(\.label)) { seen[label, default: 0] += 1 }
        }
        #expect(frames == 90)
        #expect(Set(seen.keys) == ["car", "person"])
        #expect(seen.values.allSatisfy { $0 > 45 }, "\(seen)")
    }

    @Test func anotherStreamBeginsAnew() throws {
        let analyzer = try Analyzer(Model()), frame = try #require(try VideoReader(Files.clip("street.mp4")).next())
        let first = try analyzer.analyze(frame)
        #expect(try analyzer.analyze(frame).reuse?.share == 1)
        analyzer.reset()
        let again = try analyzer.analyze(frame)
        #expect(again.reuse?.reason == .firstFrame)
        #expect(again.answer == first.answer)
    }

    @Test(.enabled(if: Files.isShared("models"), "needs ../shared/models")) func sharedModelsAreAmongThose() {
        #expect(Self.models.count == 8)
    }
}
