import ArgumentParser
import DeepVid

/// How much of the computation is reused between frames.
struct ReuseFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            What is computed again: 'off' everything; 'adaptive' only what changed, for fixed cameras; \
            'deepcache', 'deepmon' and 'cbinfer' as those papers have it. (default: adaptive)
            """, valueName: "policy"),
        completion: .list(CacheOptions.Policy.allCases.map(\.rawValue)))
    var cache: CacheOptions.Policy?

    @Option(
        help: ArgumentHelp(
            "adaptive: agreement with dense inference to hold, 0 to 1; 1 gives the very same answers. (default: 0.99)", valueName: "share"))
    var targetAgreement: Fraction?

    @Option(
        help: ArgumentHelp(
            "Side of the compared blocks, in pixels of the model's input. (default: 8; deepcache and deepmon: 10)", valueName: "pixels"))
    var block: Int?

    @Option(help: ArgumentHelp("deepcache, deepmon: compute one frame in n in full. (default: 10)", valueName: "n"))
    var refresh: Int?

    @OptionGroup var methods: MethodFlags

    func validate() throws {
        if let block, !(2...64).contains(block) { throw ValidationError("--block must be 2 to 64, not \(block).") }
        if let refresh, !(1...100_000).contains(refresh) { throw ValidationError("--refresh must be 1 to 100000, not \(refresh).") }
    }

    /// Refuses parameters of another policy than the one in force.
    ///
    /// - Parameter usual: the policy of the command where `--cache` is not given.
    func validate(usual: CacheOptions.Policy) throws {
        let policy = cache ?? usual
        if targetAgreement != nil { try belongs("--target-agreement", to: [.adaptive], not: policy) }
        if block != nil { try belongs("--block", to: [.adaptive, .deepcache, .deepmon], not: policy) }
        if refresh != nil { try belongs("--refresh", to: [.deepcache, .deepmon], not: policy) }
        try methods.validate(for: policy)
    }

    var options: CacheOptions {
        var options = CacheOptions()
        options.policy = cache ?? options.policy
        options.targetAgreement = targetAgreement?.value ?? options.targetAgreement
        options.block = block ?? options.block
        options.deepCache.search.block = block ?? options.deepCache.search.block
        options.deepCache.refresh = refresh ?? options.deepCache.refresh
        options.deepMon.histogram.block = block ?? options.deepMon.histogram.block
        options.deepMon.refresh = refresh ?? options.deepMon.refresh
        methods.apply(to: &options)
        return options
    }
}

/// Refuses a flag that the policy in force would ignore.
func belongs(_ flag: String, to policies: [CacheOptions.Policy], not policy: CacheOptions.Policy) throws {
    guard !policies.contains(policy) else { return }
    let wanted = policies.map { "--cache \($0.rawValue)" }.joined(separator: " or ")
    throw ValidationError("\(flag) has no effect with --cache \(policy.rawValue): leave it out, or choose \(wanted).")
}

extension CacheOptions.Policy: ExpressibleByArgument {}
