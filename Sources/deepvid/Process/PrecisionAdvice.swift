import DeepVid
import Models

/// Says of models whose cards want a precision that this CPU lacks what they are computed in.
func advisePrecision(_ model: Model) {
    for profile in model.set?.members.flatMap({ $0.variants.map(\.model.profile) }) ?? [model.profile] {
        guard let lacked = profile.lackedPrecision else { continue }
        Console.warning(
            "\(profile.name): its card says \(lacked.rawValue), for which this CPU lacks the instructions (\(lacked.instructions)): "
                + "it is computed in fp32")
    }
}
