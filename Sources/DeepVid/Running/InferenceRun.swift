import Models
import Results
import Video

/// Runs one model, or a bundle of them, over inputs, one after the other.
///
/// ```
/// decode thread ──▶ FrameFeed ──▶ FrameAnalyzing or LaneRun ──▶ Recording ──▶ RecordSink
/// ```
/// Decoding overlaps with everything after it. What is kept does not grow with the number of frames.
public final class InferenceRun {
    private let model: AnalyzerSource
    private let options: InferenceOptions
    private let control: RunControl
    private let analyzers: Analyzers

    /// - Throws: `DeepVidError` when the model cannot be planned for its input size.
    public init(model: AnalyzerSource, options: InferenceOptions, control: RunControl) throws(DeepVidError) {
        (self.model, self.options, self.control) = (model, options, control)
        try options.recording.check(model.profile)
        analyzers = try Analyzers(model, options)
    }

    /// Writes `begin`, what `Recording` makes of each frame, and `end`, whatever happens to the input.
    ///
    /// - Parameter tagged: whether frame records name the input.
    /// - Returns: the `end` record, as written.
    /// - Throws: `OutputError` when the records cannot be written; the input is then given up.
    public func process(
        _ input: String, tagged: Bool, into sink: some RecordSink, onProgress: (Progress) -> Void = { _ in }
    ) throws(OutputError) -> EndRecord {
        let run = InputRun(input, tagged: tagged, model: model, options: options, analyzers: analyzers, control: control)
        return try run.run(into: sink, onProgress: onProgress)
    }

    /// Writes what was learnt of classes, if that was asked for.
    public func saveMemory() throws(DeepVidError) { try analyzers.saveMemory() }
}

/// The input without the password of a URL: records and logs travel.
package func displayName(of input: String) -> String {
    input.replacing(/^([A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\/@:]*):[^\/@]*@/) { "\($0.1):***@" }
}
