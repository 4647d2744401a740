import ArgumentParser
import CacheNet

/// A CacheNet bundle instead of a model, and how its models are chosen.
struct BundleFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Run the models of this CacheNet bundle instead of one model; with --edge, keep its submodels here.", valueName: "folder"),
        completion: .directory)
    var bundle: String?

    @Option(help: ArgumentHelp("Entropy in nats below which a submodel's answer counts. (default: the bundle's)", valueName: "nats"))
    var entropyThreshold: Double?

    @Option(help: ArgumentHelp("Submodels that are loaded at a time. (default: 1)", valueName: "n"))
    var submodelCache: Int?

    @Flag(help: "Run the bundle's full model on every frame, and no submodels.")
    var deviceOnly = false

    func validate() throws {
        if bundle?.isEmpty == true { throw ValidationError("--bundle needs the name of a folder.") }
        if let entropyThreshold, !(entropyThreshold > 0 && entropyThreshold.isFinite) {
            throw ValidationError("--entropy-threshold must be more than 0, not \(entropyThreshold).")
        }
        if let submodelCache, !(1...256).contains(submodelCache) {
            throw ValidationError("--submodel-cache must be 1 to 256, not \(submodelCache).")
        }
        if deviceOnly, let flag = givenForSubmodels { throw ValidationError("\(flag) has no effect with --device-only: leave it out.") }
    }

    /// Refuses what goes with a bundle where there is none, and what goes with a model where there is one.
    func validate(_ model: ModelsFlags, isRouted: Bool) throws {
        let given = model.model.isEmpty ? model.card.given ?? (model.budgetMs == nil ? nil : "--budget-ms") : "--model"
        try validate(modelFlag: given, isRouted: isRouted)
    }

    /// - Parameter modelFlag: one that says which model is run, or how, if one was given.
    func validate(modelFlag: String?, isRouted: Bool) throws {
        guard isRouted else {
            guard let flag = deviceOnly ? "--device-only" : givenForSubmodels else { return }
            throw ValidationError("\(flag) goes with --bundle.")
        }
        if let modelFlag { throw ValidationError("a bundle brings its own models and card: leave \(modelFlag) out.") }
    }

    /// A flag that only matters to submodels, if one was given.
    var givenForSubmodels: String? {
        entropyThreshold != nil ? "--entropy-threshold" : submodelCache != nil ? "--submodel-cache" : nil
    }

    /// Nil without a bundle.
    var options: RouteOptions? { bundle.map { options(deviceOnly ? .deviceOnly(bundle: $0) : .submodels(bundle: $0)) } }

    func options(_ mode: RouteOptions.Mode) -> RouteOptions {
        var options = RouteOptions(mode)
        options.threshold = entropyThreshold
        options.submodelCache = submodelCache ?? options.submodelCache
        return options
    }
}
