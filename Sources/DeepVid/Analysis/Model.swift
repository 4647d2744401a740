import CacheNet
import DeepCache
import Models
import Variants
import Vision

/// A model that is ready to be run, or several that answer the same frames, or a bundle of them. May be shared by any number of analyzers.
public struct Model: Sendable {
    package let source: Source

    package enum Source: Sendable {
        case single(LoadedModel)
        case several(ModelSet)
        case bundle(RoutedModels)
    }

    /// Loads a model, or opens a bundle.
    ///
    /// - Parameters:
    ///   - options: which model, and what of its card is replaced. The default is the detector inside deepvid.
    ///   - routing: a CacheNet bundle instead of one model.
    /// - Throws: an error that says what to do: no such file, an operator that is not supported, a card that is needed …
    public init(_ options: ModelOptions = ModelOptions(), routing: RouteOptions? = nil) throws(DeepVidError) {
        source = if let routing { .bundle(try RoutedModels(routing, model: options)) } else { .single(try LoadedModel(options)) }
    }

    /// Loads several models that each answer every frame, or catalogs of variants of models (`.toml`). What they have in common is computed
    /// once; `FrameResult.answer` is that of the first detector, or of the first model, `FrameResult.others` has the others'.
    ///
    /// A model whose capacities are to be chosen among (`ModelOptions.capacity`) is a set by itself.
    ///
    /// - Parameters:
    ///   - models: one or more.
    ///   - routing: as for one model; with a bundle, it is one.
    /// - Throws: what loading one throws; when two have the same name (`ModelOptions.name`).
    public init(_ models: [ModelOptions], routing: RouteOptions? = nil) throws(DeepVidError) {
        let isCatalog = models.contains { $0.model.map(Catalog.isNamed) ?? false }
        if models.count > 1 || isCatalog, routing == nil {
            self.init(try ModelSet(models.map { (options) throws(DeepVidError) in try ModelChoice(reading: options) }))
        } else if routing == nil, let model = models.first, model.capacity == .any, let nested = try NestedModel(model) {
            self.init(try ModelSet([ModelChoice(nested, model)]))
        } else if let model = models.first {
            try self.init(model, routing: routing)
        } else {
            throw DeepVidError(.invalidOptions, "no model is named: give one or more, or none at all for the embedded one")
        }
    }

    package init(_ model: LoadedModel) { source = .single(model) }
    package init(_ set: ModelSet) { source = .several(set) }
    package init(_ bundle: RoutedModels) { source = .bundle(bundle) }

    /// File name, or `embedded`.
    public var name: String { profile.name }
    /// Of the model file's bytes, in hexadecimal; of a bundle, of its manifest.
    public var sha256: String { profile.sha256 }
    /// Names of the classes by their number; empty where nobody says.
    public var labels: [String] { profile.labels.names }
    /// What the model sees, in pixels.
    public var inputSize: (width: Int, height: Int) { (profile.width, profile.height) }

    /// One line for people.
    public var summary: String {
        switch source {
        case .single(let model): model.summary
        case .several(let set): set.summary
        case .bundle(let models): models.summary
        }
    }

    /// What records and checks need to know of it; of several, of the one whose objects are followed.
    package var profile: ModelProfile {
        switch source {
        case .single(let model): model.profile
        case .several(let set): set.first.profile
        case .bundle(let models): models.profile
        }
    }

    /// Of all that may answer.
    package var cards: [ModelCard] {
        switch source {
        case .single(let model): [model.card]
        case .several(let set): set.members.flatMap { $0.variants.map(\.model.card) }
        case .bundle(let models): [models.profile.card]
        }
    }

    /// Whether computation can be reused: not by models that do not start on an image.
    package var canReuse: Bool {
        switch source {
        case .single(let model): model.takesPixels
        case .several(let set): set.first.takesPixels
        case .bundle: true
        }
    }

    /// The models where they are several, in their order; nil for one, and for a bundle.
    package var set: ModelSet? { if case .several(let set) = source { set } else { nil } }

    /// Those of its models whose classes have no names, so that answers call them `class_0` and so on.
    package var modelsWithoutLabels: [String] {
        let all =
            switch source {
            case .single, .bundle: [profile]
            case .several(let set): set.members.flatMap { $0.variants.map(\.model.profile) }
            }
        return all.filter(\.lacksLabels).map(\.name)
    }

    /// How a bundle is routed; nil for a single model.
    package var routing: RouteOptions? { if case .bundle(let models) = source { models.options } else { nil } }

    /// - Parameters:
    ///   - preparer: of analyzers that see the same pictures; nil makes one.
    ///   - window: how many frames are given together.
    ///   - state: of an analyzer where another goes on; nil begins anew.
    package func makeAnalyzer(
        _ options: RunOptions, preparer: FramePreparer? = nil, window: Int = 1, resuming state: AnalyzerState? = nil
    ) throws(DeepVidError) -> any FrameAnalyzer {
        try options.checkValues()
        return switch (source, state) {
        case (.single(let model), nil): try ModelAnalyzer(model, options, preparer: preparer, window: window)
        case (.single(let model), .model(let state)):
            try ModelAnalyzer(model, options, preparer: preparer, window: window, resuming: state)
        case (.several(let set), nil): try ModelSetAnalyzer(set, options, preparer: preparer)
        case (.several(let set), .several(let state)) where state.networks.count == set.networks.count:
            try ModelSetAnalyzer(set, options, preparer: preparer, resuming: state)
        case (.bundle(let models), nil): try RoutedAnalyzer(models, options)
        case (.bundle(let models), .routed(let state)): try RoutedAnalyzer(models, options, resuming: state)
        case (.single, _), (.several, _), (.bundle, _):
            throw DeepVidError(.cannotResume, "\(profile.name): the checkpoint is of another kind of model")
        }
    }
}
