import ArgumentParser
import DeepVid

/// Parameters of the published methods, each of one `--cache` policy.
struct MethodFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "deepcache: reuse blocks whose likeness is above this PSNR; 100 or more wants the very same pixels. (default: 20)",
            valueName: "dB"
        ))
    var psnr: Double?

    @Option(help: ArgumentHelp("deepcache: moves of the search for displaced blocks, 2 pixels each. (default: 3)", valueName: "n"))
    var searchSteps: Int?

    @Option(help: ArgumentHelp("deepcache: let only every k-th block of every k-th row search. (default: 2)", valueName: "k"))
    var kSkip: Int?

    @Option(
        help: ArgumentHelp(
            "deepcache: also search where the codec's motion vectors point: auto (where it has any), on, off. (default: auto)",
            valueName: "when"), completion: .list(MotionHints.allCases.map(\.rawValue)))
    var mvHints: MotionHints?

    @Option(
        help: ArgumentHelp(
            "deepmon: reuse blocks whose colour histograms differ by no more, 0 to 1. (default: 0.05)", valueName: "distance"))
    var histogramDistance: Fraction?

    @Option(help: ArgumentHelp("deepmon: how many convolutions reuse. (default: half of the model's)", valueName: "n"))
    var cachedLayers: Int?

    @Option(
        help: ArgumentHelp(
            "cbinfer: how far a channel may move in a resting pixel, as a share of its layer's root mean square. (default: 0.1)",
            valueName: "share"))
    var changeThreshold: Double?

    func validate() throws {
        if let psnr, !(psnr >= 0 && psnr.isFinite) { throw ValidationError("--psnr must be 0 or more, not \(psnr).") }
        if let searchSteps, !(0...64).contains(searchSteps) { throw ValidationError("--search-steps must be 0 to 64, not \(searchSteps).") }
        if let kSkip, !(1...16).contains(kSkip) { throw ValidationError("--k-skip must be 1 to 16, not \(kSkip).") }
        if let cachedLayers, cachedLayers < 0 { throw ValidationError("--cached-layers must be 0 or more, not \(cachedLayers).") }
        if let changeThreshold, !(changeThreshold >= 0 && changeThreshold.isFinite) {
            throw ValidationError("--change-threshold must be 0 or more, not \(changeThreshold).")
        }
    }

    /// Refuses what another policy's parameter is.
    func validate(for policy: CacheOptions.Policy) throws {
        let given: [(String, Bool, CacheOptions.Policy)] = [
            ("--psnr", psnr != nil, .deepcache), ("--search-steps", searchSteps != nil, .deepcache), ("--k-skip", kSkip != nil, .deepcache),
            ("--mv-hints", mvHints != nil, .deepcache), ("--histogram-distance", histogramDistance != nil, .deepmon),
            ("--cached-layers", cachedLayers != nil, .deepmon), ("--change-threshold", changeThreshold != nil, .cbinfer),
        ]
        for (flag, isGiven, owner) in given where isGiven { try belongs(flag, to: [owner], not: policy) }
    }

    func apply(to options: inout CacheOptions) {
        options.deepCache.search.threshold = psnr ?? options.deepCache.search.threshold
        options.deepCache.search.steps = searchSteps ?? options.deepCache.search.steps
        options.deepCache.search.skip = kSkip ?? options.deepCache.search.skip
        options.deepCache.hints = mvHints ?? options.deepCache.hints
        options.deepMon.histogram.threshold = histogramDistance?.value ?? options.deepMon.histogram.threshold
        options.deepMon.cachedLayers = cachedLayers ?? options.deepMon.cachedLayers
        options.cbinfer.threshold = changeThreshold ?? options.cbinfer.threshold
    }
}

extension MotionHints: ExpressibleByArgument {}
