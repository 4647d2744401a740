import Models
import Video

/// What answers the frames of a run's inputs, one input after the other.
final class Analyzers {
    /// For one input.
    enum Choice {
        case one(any FrameAnalyzing)
        case lanes(Lanes)
    }

    private let source: AnalyzerSource
    private let options: InferenceOptions
    private let lanes: Lanes?
    private var one: (any FrameAnalyzing)?

    /// - Throws: `DeepVidError` when the model cannot be planned for its input size.
    init(_ source: AnalyzerSource, _ options: InferenceOptions) throws(DeepVidError) {
        (self.source, self.options) = (source, options)
        lanes = try Lanes(source, options)
        one = lanes == nil ? try source.makeAnalyzer(options) : nil
    }

    /// Starts another input: nothing of the last one is reused.
    func choose(for info: StreamInfo) throws(DeepVidError) -> Choice {
        if let lanes, lanes.suit(info, options.video) {
            lanes.reset()
            return .lanes(lanes)
        }
        if let one { one.reset() } else { one = try source.makeAnalyzer(options) }
        return .one(one!)
    }

    /// Writes what was learnt of classes, if that was asked for.
    func saveMemory() throws(DeepVidError) { try one?.saveMemory() }
}
