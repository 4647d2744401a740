import ArgumentParser
import DeepVid

/// What the models that answer frames are computed in.
struct PrecisionFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            What convolutions and matrix products are computed in: 'fp32', or, faster and a little different, 'bf16' on CPUs with \
            AVX512_BF16 and 'int8' on those with AVX512_VNNI or AVX2. (default: the card's, else fp32)
            """, valueName: "precision"))
    var precision: Precision?

    /// - Parameter isRouted: whether models of a bundle answer.
    func validate(isRouted: Bool) throws {
        if isRouted, precision ?? .fp32 != .fp32 { throw ValidationError("--precision is not for bundles: leave it out.") }
    }
}

extension Precision: ExpressibleByArgument {}
