import DeepVid

/// Flags of earlier versions, which are refused with what is written today.
enum RenamedFlags {
    enum Successor {
        case flag(String)
        /// A parameter of `--cache`.
        case parameter(String)
    }

    static let all: KeyValuePairs<String, Successor> = [
        "--block": .parameter("block"),
        "--refresh": .parameter("refresh"),
        "--psnr": .parameter("psnr"),
        "--search-steps": .parameter("search-steps"),
        "--k-skip": .parameter("search-stride"),
        "--mv-hints": .parameter("motion-vectors"),
        "--histogram-distance": .parameter("histogram-distance"),
        "--cached-layers": .parameter("cached-layers"),
        "--change-threshold": .parameter("change-threshold"),
        "--memory-taps": .flag("--exit-layers"),
        "--matches": .flag("--visualize-reuse FOLDER"),
        "--worst": .flag("--save-worst"),
        "--checkpoint": .flag("--checkpoint-interval"),
    ]

    /// Refuses the first old flag among `arguments`, given as `--flag value` or as `--flag=value`.
    static func refuse(in arguments: [String]) throws(CLIError) {
        for (index, argument) in arguments.enumerated() {
            if argument == "--" { return }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let (old, successor) = all.first(where: { $0.key == parts[0] }) else { continue }
            switch successor {
            case .flag(let new): throw .unusable("\(old) is now called \(new)")
            case .parameter(let key):
                let next = index + 1 < arguments.count ? arguments[index + 1] : "-"
                let parameter = PolicyParameter.all.first { $0.key == key }!
                let value = parts.count > 1 ? parts[1] : next.hasPrefix("-") ? parameter.example : next
                let named = policy(in: arguments)
                let policy = parameter.policies.first { $0.rawValue == named } ?? parameter.policies[0]
                throw .unusable("\(old) is now a parameter of the policy: write --cache \(policy.rawValue):\(key)=\(value)")
            }
        }
    }

    /// The policy that `--cache` names.
    private static func policy(in arguments: [String]) -> String? {
        for (index, argument) in arguments.enumerated() {
            if argument == "--cache", index + 1 < arguments.count { return String(arguments[index + 1].prefix { $0 != ":" }) }
            if argument.hasPrefix("--cache=") { return String(argument.dropFirst("--cache=".count).prefix { $0 != ":" }) }
        }
        return nil
    }
}
