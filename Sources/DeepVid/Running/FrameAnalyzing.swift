import CacheNet
import Models
import Results
import Video

/// Frames in, answers out, one input after the other: by one model, or by those of a bundle.
protocol FrameAnalyzing: AnyObject {
    /// Frames may differ in size.
    func analyze(_ frame: Frame) throws(DeepVidError) -> FrameAnalysis
    /// Starts another input: nothing of the last one is reused.
    func reset()
    /// Adds to the `end` record what is known here.
    func complete(_ end: inout EndRecord)
    /// What later answers depend on, besides the frames to come.
    var state: AnalyzerState { get }
    /// Writes what was learnt of classes, if that was asked for.
    func saveMemory() throws(DeepVidError)
}

/// An analyzer's state, for a checkpoint.
enum AnalyzerState: Codable, Sendable {
    case one(FrameAnalyzer.State)
    case routed(RoutedAnalyzer.State)
}

/// What makes analyzers, as many as there are inputs at a time.
public enum AnalyzerSource: Sendable {
    case model(LoadedModel)
    case bundle(RoutedModels)

    /// Loads a model, or opens a bundle.
    ///
    /// - Throws: `DeepVidError` saying what to do.
    public init(_ model: ModelOptions, _ routing: RouteOptions?) throws(DeepVidError) {
        self = if let routing { .bundle(try RoutedModels(routing, model: model)) } else { .model(try LoadedModel(model)) }
    }

    /// For `--verbose`.
    public var summary: String {
        switch self {
        case .model(let model): model.summary
        case .bundle(let models): models.summary
        }
    }

    /// How a bundle is routed; nil for a single model.
    var routing: RouteOptions? { if case .bundle(let models) = self { models.options } else { nil } }

    /// What records and checks need to know of it.
    public var profile: ModelProfile {
        switch self {
        case .model(let model): model.profile
        case .bundle(let models): models.profile
        }
    }

    /// - Parameter state: of an analyzer where another goes on; nil begins anew.
    func makeAnalyzer(_ options: InferenceOptions, resuming state: AnalyzerState? = nil) throws(DeepVidError) -> any FrameAnalyzing {
        switch (self, state) {
        case (.model(let model), nil): return try FrameAnalyzer(model, options)
        case (.model(let model), .one(let state)): return try FrameAnalyzer(model, options, resuming: state)
        case (.bundle(let models), nil): return try RoutedAnalyzer(models, options)
        case (.bundle(let models), .routed(let state)): return try RoutedAnalyzer(models, options, resuming: state)
        case (.model, .routed), (.bundle, .one):
            throw DeepVidError(.cannotResume, "\(profile.name): the checkpoint is of another kind of model")
        }
    }
}
