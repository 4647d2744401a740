import ArgumentParser
import Pipeline

/// How much of the computation is reused between frames.
struct ReuseFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is computed again: 'off' everything, 'adaptive' only what changed, for fixed cameras. (default: off)", valueName: "policy"
        ),
        completion: .list(CacheOptions.Policy.allCases.map(\.rawValue)))
    var cache: CacheOptions.Policy?

    @Option(
        help: ArgumentHelp(
            "Agreement with dense inference to hold, 0 to 1; 1 gives the very same answers. (default: 0.99)", valueName: "share"))
    var targetAgreement: Fraction?

    @Option(help: ArgumentHelp("Side of the compared blocks, in pixels of the model's input. (default: 8)", valueName: "pixels"))
    var block: Int?

    func validate() throws {
        if let block, !(2...64).contains(block) { throw ValidationError("--block must be 2 to 64, not \(block).") }
    }

    var options: CacheOptions {
        var options = CacheOptions()
        options.policy = cache ?? options.policy
        options.targetAgreement = targetAgreement?.value ?? options.targetAgreement
        options.block = block ?? options.block
        return options
    }
}

extension CacheOptions.Policy: ExpressibleByArgument {}
