import Foundation
import Models
import ResultCache
import TestSupport
import Testing

@testable import DeepVid

/// What inputs leave in the result cache of how long answers stand.
@Suite struct KeptAgesTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("deepvid-ages-\(UUID().uuidString)").path
    private let control = RunControl()
    private let model: Model

    init() throws { model = try Model(ModelOptions()) }

    private func options() throws -> RunOptions {
        var options = runOptions(), then = try ThenModel(Files.fixture("models/colours.onnx"), on: nil)
        then.keepAnswers(in: try ResultCacheFile(path: path), secondLevel: nil, now: 0)
        (options.output.then, options.output.follows) = ([then], true)
        return options
    }

    /// - Parameter frames: after which it is stopped.
    private func run(_ options: RunOptions, stopAfter frames: Int = .max, hasCheckpoints: Bool = false) {
        var count = 0
        let run = Run(clip: street, model: model, options: options, control: control)
        let checkpoints = Checkpointing<Never>(interval: 1000, model: model) { _ in }
        run.run(
            into: { _, output in
                if case .frame = output { count += 1 }
                if count == frames { control.stop() }
            }, checkpoints: hasCheckpoints ? checkpoints : nil)
    }

    private func known(_ options: RunOptions) throws -> SimilarityThreshold? { try #require(options.output.then[0].cache).knownAges }

    @Test func anInputThatIsOverTeaches() throws {
        defer { unlink(path) }
        let options = try options()
        #expect(try known(options) == nil)
        run(options)
        let first = try #require(try known(options))
        run(options)
        #expect(try known(options) != first)
        options.output.then[0].cache?.flush(now: 0)
        #expect(try known(try self.options()) == known(options))
    }

    /// A clip of a batch goes on from its checkpoint, and teaches when it is over; a camera that is stopped is over.
    @Test(arguments: [true, false]) func aClipThatIsStoppedTeachesLater(hasCheckpoints: Bool) throws {
        defer { unlink(path) }
        let options = try options()
        run(options, stopAfter: 60, hasCheckpoints: hasCheckpoints)
        #expect(try (known(options) == nil) == hasCheckpoints)
    }
}
