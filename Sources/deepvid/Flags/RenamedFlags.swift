/// Flags of earlier versions, which are refused with what is written today.
enum RenamedFlags {
    private static let names = [
        "--memory-taps": "--exit-layers", "--matches": "--visualize-reuse FOLDER", "--worst": "--save-worst",
        "--checkpoint": "--checkpoint-interval",
    ]
    /// Those that are parameters of `--cache` today.
    private static let parameters = [
        "--block": "block", "--refresh": "refresh", "--psnr": "psnr", "--search-steps": "search-steps", "--k-skip": "search-stride",
        "--mv-hints": "motion-vectors", "--histogram-distance": "histogram-distance", "--cached-layers": "cached-layers",
        "--change-threshold": "change-threshold",
    ]

    /// Refuses the first old flag among `arguments`, given as `--flag value` or as `--flag=value`.
    static func refuse(in arguments: [String]) throws {
        let words = arguments.prefix { $0 != "--" }.flatMap { argument in
            let (flag, value) = argument.hasPrefix("--") ? argument.split(at: "=") : (argument, nil)
            return [flag, value].compactMap(\.self)
        }
        func word(after index: Int) -> String? { index + 1 < words.count ? words[index + 1] : nil }
        for (index, old) in words.enumerated() {
            if let new = names[old] { throw CLIError.unusable("\(old) is now called \(new)") }
            guard let parameter = PolicyParameter.all.first(where: { $0.key == parameters[old] }) else { continue }
            let named = words.firstIndex(of: "--cache").flatMap(word)?.split(at: ":").0
            let policy = parameter.policies.first { $0.rawValue == named } ?? parameter.policies[0]
            let value = word(after: index).flatMap { $0.hasPrefix("-") ? nil : $0 } ?? parameter.example
            throw CLIError.unusable("\(old) is now a parameter of the policy: write --cache \(policy.rawValue):\(parameter.key)=\(value)")
        }
    }
}
