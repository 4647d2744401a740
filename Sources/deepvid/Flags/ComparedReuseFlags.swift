import ArgumentParser
import DeepCache
import DeepVid

/// A policy of a comparison, with the name that tells it from the others.
struct ComparedPolicy {
    let name: String
    var options: ReuseOptions

    init(argument: String) throws { (name, options) = (argument, try ReuseOptions(policyArgument: argument)) }

    /// With the target, where the policy holds one: `adaptive:block=16` becomes `adaptive 0.9 block=16`.
    ///
    /// - Parameter target: that asked for, or the model's.
    func title(_ target: Double) -> String {
        guard options.policy == .adaptive else { return name }
        let (policy, parameters) = name.split(at: ":")
        return ([policy, "\(target)"] + (parameters.map { [$0.replacing(",", with: " ")] } ?? [])).joined(separator: " ")
    }
}

/// What is compared with dense inference: the flags of `ReuseFlags`, several times where there is more than one thing to compare.
struct ComparedReuseFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A policy to compare, as 'infer' takes it; can be given several times. (default: adaptive)", valueName: "policy"),
        completion: .list(ReuseOptions.Policy.allCases.filter { $0 != .off }.map(\.rawValue)), transform: ComparedPolicy.init(argument:))
    var cache: [ComparedPolicy] = []

    @Option(
        help: ArgumentHelp(
            "adaptive: agreement with dense inference to hold, 0.5 to 1; can be given several times. (default: what the model's card says, "
                + "else 0.99)",
            valueName: "agreement"))
    var targetAgreement: [AgreementTarget] = []

    @Option(help: ArgumentHelp("What has to agree: 'boxes', 'tracks' or 'presence'. (default: boxes)", valueName: "what"))
    var agreeOn: AgreeOn?

    @Option(
        help: ArgumentHelp(
            "Compare leaving a classifier early by this memory as well, made by 'deepvid memory build'.", valueName: "file"),
        completion: .file())
    var memory: String?

    /// Early exits, held to the target that is given, if it is one.
    var memoryOptions: MemoryOptions? {
        memory.map { file in
            var options = MemoryOptions(file: file)
            options.targetAgreement = targetAgreement.count == 1 ? targetAgreement[0].value : nil
            return options
        }
    }

    func validate() throws {
        if memory?.isEmpty == true { throw ValidationError("--memory needs the name of a file.") }
    }

    /// Refuses what is to be compared with itself.
    func validate(isRouted: Bool) throws {
        if !isRouted, cache.contains(where: { $0.options.policy == .off }) {
            throw ValidationError("--cache off is what compare compares with; name another policy.")
        }
        guard !cache.isEmpty, !cache.contains(where: { $0.options.policy == .adaptive }) else { return }
        let flag = agreeOn != nil ? "--agree-on" : "--target-agreement"
        guard agreeOn != nil || !targetAgreement.isEmpty else { return }
        throw ValidationError("\(flag) has no effect with --cache \(cache[0].name): leave it out, or compare --cache adaptive as well.")
    }

    /// In the order of the flags; `adaptive` once for each target.
    var policies: [ComparedPolicy] {
        get throws {
            let all = try cache.isEmpty ? [ComparedPolicy(argument: ReuseOptions.Policy.adaptive.rawValue)] : cache
            // Nil leaves it to the model.
            let targets = targetAgreement.isEmpty ? [nil] : targetAgreement.map { Double?($0.value) }
            return all.flatMap { policy in
                (policy.options.policy == .adaptive ? targets : [nil]).map { target in
                    var policy = policy
                    if let target { policy.options.targetAgreement = target }
                    policy.options.agreeOn = agreeOn ?? policy.options.agreeOn
                    return policy
                }
            }
        }
    }
}
