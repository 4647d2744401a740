import Models
import Video

/// Runs one model, or a bundle of them, over inputs, one after the other. Each input is a run by itself: nothing that one taught is
/// carried into the next, but for what a semantic memory learns.
public final class Runs {
    private let model: Model
    /// In the shape of the last input's frames.
    private var shaped: Model
    private let options: RunOptions
    private let control: RunControl
    /// Kept from input to input, for their memory is costly to make.
    private var workers: FrameWorkers?
    private var analyzer: (any FrameAnalyzer)?
    /// An input that is opened already, until it is run.
    private var begun: InputOpening?

    /// Runs the models that the options name.
    ///
    /// - Throws: what loading them throws, and what `init(_:options:control:)` does.
    public convenience init(_ options: RunOptions, control: RunControl = RunControl()) throws(DeepVidError) {
        try self.init(Model(options.models), options: options, control: control)
    }

    /// - Parameter model: loaded as `options.models` say, which records repeat.
    /// - Throws: when the options ask for what cannot be, the model does not suit them, or not enough memory is there.
    public convenience init(_ model: Model, options: RunOptions, control: RunControl) throws(DeepVidError) {
        try self.init(model, options: options, begun: nil, control: control)
    }

    /// - Parameter begun: the first input, where it was opened while the model was loaded.
    package init(_ model: Model, options: RunOptions, begun: InputOpening?, control: RunControl) throws(DeepVidError) {
        self.begun = begun
        var options = options
        options.follow(model)
        (self.model, shaped, self.options, self.control) = (model, model, options, control)
        try options.check(model)
        workers = try FrameWorkers(model, options)
        if workers == nil { analyzer = try model.makeAnalyzer(options) }
    }

    /// Runs one input to its end, whatever happens to it.
    ///
    /// - Returns: the summary, as given with `end`.
    /// - Throws: what the sink throws; the input is then given up.
    public func run<Failure: Error>(
        _ input: String, into sink: RunSink<Failure>, onProgress: (RunProgress) -> Void = { _ in }
    ) throws(Failure) -> RunSummary {
        let begun = begun?.input == input ? begun : nil
        self.begun = nil
        let run = Run(input, options: options, score: model.profile.score, model: model, begun: begun, control: control) {
            [self] (info) throws(DeepVidError) in try choose(for: info, of: input)
        }
        return try run.run(into: sink, onProgress: onProgress)
    }

    private func choose(for info: StreamInfo, of input: String) throws(DeepVidError) -> Run.Engine {
        if model.isCalibratedByInput {
            return try Run.makeEngine(model.suited(to: info, of: input, options, control), options, for: info, of: input)
        }
        let frame = (info.width, info.height)
        if model.inputSize(for: frame, options) != shaped.inputSize {
            shaped = try model.shaped(for: frame, options)
            (analyzer, workers) = (nil, try FrameWorkers(shaped, options))
        }
        if let workers, workers.suit(info, of: input) {
            workers.begin()
            return .workers(workers)
        }
        if analyzer == nil { analyzer = try shaped.makeAnalyzer(options) }
        analyzer!.begin()
        return .one(analyzer!)
    }

    /// Writes what was learnt of classes, if that was asked for.
    public func saveMemory() throws(DeepVidError) { try analyzer?.saveMemory() }
}

extension Run {
    /// One input by itself, which may make checkpoints: a clip of a batch.
    package convenience init(clip input: String, model: Model, options: RunOptions, control: RunControl) {
        self.init(input, options: options, score: model.profile.score, model: model, control: control) { (info) throws(DeepVidError) in
            try Self.makeEngine(model.suited(to: info, of: input, options, control), options, for: info, of: input)
        }
    }

    fileprivate static func makeEngine(
        _ model: Model, _ options: RunOptions, for info: StreamInfo, of input: String
    ) throws(DeepVidError) -> Engine {
        if let workers = try FrameWorkers(model, options), workers.suit(info, of: input) { return .workers(workers) }
        return .one(try model.makeAnalyzer(options))
    }

    /// An input with a processor of its own: for tools that do something else with frames.
    package convenience init(_ input: String, options: RunOptions, control: RunControl, processor: any FrameProcessor) {
        self.init(input, options: options, score: 0, control: control) { (info) throws(DeepVidError) in
            try processor.begin(info)
            return .one(processor)
        }
    }
}

/// The input without a URL's secrets: records and logs travel.
package func displayName(of input: String) -> String { InputName(input).redacted }
