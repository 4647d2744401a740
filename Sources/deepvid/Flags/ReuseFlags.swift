import ArgumentParser
import DeepCache
import DeepVid

/// How much of the computation is reused between frames.
struct ReuseFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            What is computed again: 'off' everything; 'adaptive' only what changed, for fixed cameras; 'deepcache', \
            'deepmon' and 'cbinfer' as those papers have it; 'motion' all or nothing, as recorders do. Parameters follow: deepcache:block=10,psnr=20; deepvid(1) \
            lists them. (default: adaptive)
            """, valueName: "policy"),
        completion: .list(ReuseOptions.Policy.allCases.map(\.rawValue)), transform: ReuseOptions.init(policyArgument:))
    var cache: ReuseOptions?

    @Option(
        help: ArgumentHelp(
            "adaptive: agreement with dense inference to hold, 0.5 to 1; 1 gives the very same answers. (default: what the model's card says, "
                + "else 0.99)",
            valueName: "agreement"))
    var targetAgreement: AgreementTarget?

    @Option(
        help: ArgumentHelp(
            "adaptive: what has to agree: 'boxes', 'tracks' (boxes that a tracker could go on with count) or 'presence' (how many objects "
                + "of which class). (default: boxes)", valueName: "what"))
    var agreeOn: AgreeOn?

    func validate() throws {
        if agreeOn != nil, let cache, cache.policy != .adaptive {
            throw ValidationError(
                "--agree-on has no effect with --cache \(cache.policy.rawValue): leave it out, or choose --cache adaptive.")
        }
    }

    /// Refuses a target that nothing keeps.
    /// - Parameter hasMemory: whether exits by semantic memory are steered by it, too.
    func checkTarget(hasMemory: Bool = false) throws {
        guard targetAgreement != nil, let cache, cache.policy != .adaptive, !hasMemory else { return }
        throw ValidationError(
            "--target-agreement has no effect with --cache \(cache.policy.rawValue): leave it out, or choose --cache adaptive.")
    }

    /// Whether what is asked for can be done with more than one network (`RunOptions.check`).
    var suitsSeveral: Bool { [.off, .adaptive].contains(options.policy) }

    var options: ReuseOptions {
        var options = cache ?? ReuseOptions()
        if let targetAgreement { options.targetAgreement = targetAgreement.value }
        options.agreeOn = agreeOn ?? options.agreeOn
        return options
    }
}

extension AgreeOn: ExpressibleByArgument {}
