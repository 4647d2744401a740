import ArgumentParser
import DeepVid

/// How much of the computation is reused between frames.
struct ReuseFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            What is computed again: 'off' everything; 'adaptive' only what changed, for fixed cameras; 'deepcache', \
            'deepmon' and 'cbinfer' as those papers have it. Parameters follow: deepcache:block=10,psnr=20; deepvid(1) \
            lists them. (default: adaptive)
            """, valueName: "policy"),
        completion: .list(ReuseOptions.Policy.allCases.map(\.rawValue)), transform: ReuseOptions.init(policyArgument:))
    var cache: ReuseOptions?

    @Option(
        help: ArgumentHelp(
            "adaptive: agreement with dense inference to hold, 0 to 1; 1 gives the very same answers. (default: 0.99)", valueName: "share"))
    var targetAgreement: Fraction?

    func validate() throws {
        guard targetAgreement != nil, let cache, cache.policy != .adaptive else { return }
        throw ValidationError(
            "--target-agreement has no effect with --cache \(cache.policy.rawValue): leave it out, or choose --cache adaptive.")
    }

    var options: ReuseOptions {
        var options = cache ?? ReuseOptions()
        options.targetAgreement = targetAgreement?.value ?? options.targetAgreement
        return options
    }
}
