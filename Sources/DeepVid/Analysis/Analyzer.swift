import DeepCache
import Models
import Video

/// Frames in, results out: by one model, by several, or by those of a bundle.
package protocol FrameAnalyzer: FrameProcessor {
    var preparer: FramePreparer { get }
    func analyze(_ frame: PreparedFrame) throws(DeepVidError) -> FrameResult
    /// Frames one after the other, of which some may be answered from others.
    /// - Parameters:
    ///   - follows: whether the first comes right after the last one of the call before.
    ///   - results: gets the frames' results, in order; those before what fails, too.
    ///   - onComputed: called with the index of each frame that the network was asked about, right after its answer.
    func analyze(
        _ frames: [PreparedFrame], follows: Bool, into results: inout [FrameResult], onComputed: (Int) -> Void
    ) throws(DeepVidError)
    /// What later answers depend on, besides the frames to come.
    var state: AnalyzerState { get }
    /// Writes what was learnt of classes, if that was asked for.
    func saveMemory() throws(DeepVidError)
}

/// What the run loop puts frames into.
package protocol FrameProcessor: AnyObject {
    /// Starts another input: nothing of the last one is reused, and nothing that was learnt of it.
    func begin()
    /// The same, told what the input is.
    func begin(_ info: StreamInfo) throws(DeepVidError)
    /// The next frame is of another view of the same input.
    func reset()
    /// - Parameter index: of the frame, where it is not the frame's own. Frames may differ in size.
    func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult
    /// Adds to the summary what is known here.
    func complete(_ summary: inout RunSummary)
}

extension FrameAnalyzer {
    package func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
        try analyze(preparer.prepare(frame, index: index))
    }

    package func analyze(
        _ frames: [PreparedFrame], follows: Bool, into results: inout [FrameResult], onComputed: (Int) -> Void
    ) throws(DeepVidError) {
        for (index, frame) in frames.enumerated() {
            results.append(try analyze(frame))
            onComputed(index)
        }
    }

    package func saveMemory() {}
}

extension FrameProcessor {
    package func begin() {}
    package func begin(_ info: StreamInfo) throws(DeepVidError) { begin() }
    package func reset() {}
    package func complete(_ summary: inout RunSummary) {}
}

/// An analyzer's state, for a checkpoint.
package enum AnalyzerState: Codable, Sendable {
    case model(ModelAnalyzer.State)
    case several(ModelSetAnalyzer.State)
    case routed(RoutedAnalyzer.State)
}

/// Says what a model sees in frames, one after the other, and does not compute what it already knows.
///
/// ```swift
/// let video = try VideoReader("yard.mp4"), analyzer = try Analyzer(Model())
/// while let frame = try video.next() { print(try analyzer.analyze(frame).detections) }
/// ```
/// Not safe to share between threads: make one for each stream. A `Model` may be shared by all.
public final class Analyzer {
    private let model: Model
    private let options: RunOptions
    /// In the shape of the stream's first frame.
    private var shaped: Model
    private var analyzer: any FrameAnalyzer
    /// Whether the next frame is a stream's first.
    private var isFirst = true

    /// - Parameters:
    ///   - reuse: the default computes only what changed, and agrees with `.off` in 99 of 100 boxes; `.off` computes every frame.
    ///   - threads: that compute one frame; 0 takes one for each CPU that this process may use.
    /// - Throws: when the options ask for what cannot be, or not enough memory is there.
    public init(_ model: Model, reuse: ReuseOptions = ReuseOptions(), threads: Int = 1) throws(DeepVidError) {
        var options = RunOptions(threads: threads, reuse: reuse)
        options.follow(model)
        try options.check(model)
        (self.model, shaped, self.options) = (model, model, options)
        analyzer = try model.makeAnalyzer(options)
    }

    /// What the model sees in the next frame of the stream. Frames may differ in size; the first one gives the model's input its shape where
    /// the file leaves that open.
    ///
    /// - Throws: code `modelFailed` when the model cannot make anything of the frame.
    /// - Complexity: with reuse, proportional to what changed since the frame before.
    public func analyze(_ frame: Frame) throws(DeepVidError) -> FrameResult {
        if isFirst { try begin((frame.width, frame.height)) }
        isFirst = false
        return try analyzer.process(frame, index: nil)
    }

    private func begin(_ frame: (width: Int, height: Int)) throws(DeepVidError) {
        guard model.inputSize(for: frame, options) != shaped.inputSize else { return }
        shaped = try model.shaped(for: frame, options)
        analyzer = try shaped.makeAnalyzer(options)
    }

    /// Starts another stream: nothing of the last one is reused.
    public func reset() {
        isFirst = true
        analyzer.begin()
    }
}
