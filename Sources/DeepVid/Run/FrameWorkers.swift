import Concurrency
import DeepCache
import Inference
import Models
import Video
import Vision

/// Analyzers side by side, each with its own activations and policy, that share the frames of one input in turns.
///
/// A few changed pixels are too little work to be divided among threads; frames are not.
/// ```
/// frame:   0 … 31   32 … 63   64 … 95   96 … 127   …
/// worker:     0         1         0         1           (two workers)
/// ```
/// The division goes by number alone: the same input gives the same results, however fast a worker is.
package final class FrameWorkers {
    /// Frames that a worker gets running. At the first of them everything has changed that moved during the other workers' turns,
    /// so they should not be few; as pictures that wait stay in memory, they should not be many.
    static let turn = 32
    /// Workers at most, and the bytes that all of them may hold.
    private static let (most, memory) = (8, 1 << 30)

    let preparer: FramePreparer
    /// Frames that a worker gets together at most: more than 1 where some may be answered from others.
    let window: Int
    private let model: Model
    /// With the threads of one worker.
    private let options: RunOptions
    private let resumed: [AnalyzerState]
    private let workers: [Worker]

    /// Its analyzer is made on its own thread when its first frame comes.
    private final class Worker {
        var analyzer: (any FrameAnalyzer)?
        /// Number of its last frame in the leg.
        var last: Int?
    }

    package var count: Int { workers.count }

    /// - Returns: nil where frames have to be answered one after the other: by bundles, where variants are chosen, where classes are learnt on
    ///   the way, by policies that are to be as published; and, where none is answered from others, with one thread, and by models too large
    ///   to have twice.
    package init?(_ model: Model, _ options: RunOptions, resuming states: [AnalyzerState] = []) throws(DeepVidError) {
        window = Self.window(model, options)
        guard options.threads > 1 || window > 1, options.memory == nil, options.reuse.policy == .off || options.reuse.policy == .adaptive
        else { return nil }
        let preparer: FramePreparer, activationBytes: Int, keepsFrames = !options.output.secondModels.isEmpty
        func bytes(_ plan: Plan) -> Int { options.reuse.policy == .off ? plan.activationBytes : plan.keptActivationBytes }
        switch model.source {
        case .single(let loaded):
            preparer = try FramePreparer(loaded.profile, keepsFrames: keepsFrames)
            activationBytes = bytes(loaded.plan)
        case .several(let set):
            if set.hasVariants { return nil }
            let profiles = set.pictures.profiles
            preparer = try FramePreparer(profiles[0], others: Array(profiles.dropFirst()), keepsFrames: keepsFrames)
            activationBytes = set.networks.indices.reduce(0) {
                $0 + bytes(set.models(ofNetwork: $1, variant: 0)[0].plan)
            }
        case .bundle: return nil
        }
        let pictureBytes = preparer.makeBuffers().reduce(0) { $0 + $1.rowBytes * $1.height }
        let (count, threads) = Self.divide(threads: options.threads, bytes: activationBytes + Self.turn * pictureBytes)
        guard count > 1 || window > 1 else { return nil }
        (self.model, self.preparer, resumed) = (model, preparer, states)
        var own = options
        own.threads = threads
        self.options = own
        workers = (0..<count).map { _ in Worker() }
    }

    /// - Parameter bytes: that a worker holds: activations, and the pictures that wait for it.
    static func divide(threads: Int, bytes: Int = 0) -> (workers: Int, threads: Int) {
        let workers = max(1, min(threads, most, memory / max(1, bytes)))
        return (workers, max(1, threads / workers))
    }

    /// Frames that are given together. Of a recording that is decoded where something happens, results are waited for.
    private static func window(_ model: Model, _ options: RunOptions) -> Int {
        guard case .single(let loaded) = model.source, options.decode == .all, loaded.card.head.isDetector, loaded.takesPixels
        else { return 1 }
        return FrameWindow.length(options.reuse)
    }

    static func worker(of number: Int, among count: Int) -> Int { number / turn % count }

    /// Whether the frames of an input should be divided among workers. Not where a second worker would get none, nor of a camera, where
    /// a frame's answer is wanted before the next frame is there. Answers of a turn wait until those of the turns before are given, and
    /// their frames with them where second models look at frames: all that may wait have to fit into `memory`. Where frames of best views
    /// are held anyway (`OutputOptions.holdsViews`), none wait besides.
    func suit(_ info: StreamInfo, of input: String) -> Bool {
        let length = [options.video.maxFrames, info.frameCount].compactMap(\.self).min() ?? .max
        // A turn for each worker before it, one behind it, and two more.
        let kept = options.output.secondModels.isEmpty ? 0 : (2 * count + 2) * Self.turn
        return !info.isLive && (count == 1 || length > Self.turn) && kept * info.width * info.height * 3 / 2 <= Self.memory
            && !options.output.holdsViews(of: input, info, isLive: false)
    }

    /// Called from the worker's thread, and from no other at the same time.
    ///
    /// - Parameters:
    ///   - first: number of the first frame in the leg; the others follow it.
    ///   - results: gets those before what fails, too.
    func analyze(
        _ frames: [PreparedFrame], from first: Int, worker index: Int, into results: inout [FrameResult]
    ) throws(DeepVidError) {
        let worker = workers[index], analyzer: any FrameAnalyzer
        if let made = worker.analyzer {
            analyzer = made
        } else {
            analyzer = try model.makeAnalyzer(
                options, preparer: preparer, window: window, resuming: resumed.isEmpty ? nil : resumed[index])
            worker.analyzer = analyzer
        }
        let follows = worker.last == first - 1
        worker.last = first + frames.count - 1
        try analyzer.analyze(frames, follows: follows, into: &results) { _ in }
    }

    /// Frames are counted anew.
    func beginLeg() { for worker in workers { worker.last = nil } }

    /// Starts another input.
    package func begin() { for worker in workers { worker.analyzer?.begin() } }

    /// Of all workers, for a checkpoint. One that has not had a frame yet is as it was resumed, or as new.
    var states: [AnalyzerState] {
        workers.enumerated().map { $1.analyzer?.state ?? (resumed.isEmpty ? freshState : resumed[$0]) }
    }

    private var freshState: AnalyzerState {
        if let set = model.set { .several(.init(networks: set.networks.map { _ in [.init()] })) } else { .model(.init()) }
    }

    /// Adds to the summary what is known here, of all workers together.
    func complete(_ summary: inout RunSummary) {
        let alone = summary
        for worker in workers {
            var own = alone
            worker.analyzer?.complete(&own)
            summary.reuse?.add(own.reuse?.agreement)
            for index in summary.others.indices { summary.others[index].reuse?.add(own.others[index].reuse?.agreement) }
        }
    }
}
