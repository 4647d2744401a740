/// Inputs of runs that failed, as their `end` records have it: who counts or exports results has to know that something is not in them.
package struct InputFailures: Sendable {
    /// More would be a list and no sentence.
    private static let mostNamed = 3

    /// Those that gave no frame at all, and those that broke off after some.
    private var missing = Names(), broken = Names()

    private struct Names {
        var count = 0
        var first: [String] = []

        mutating func add(_ name: String) {
            count += 1
            if first.count < InputFailures.mostNamed { first.append(name) }
        }

        /// `a.mp4, b.mp4 and 2 more`.
        var text: String { first.joined(separator: ", ") + (count > first.count ? " and \(count - first.count) more" : "") }
    }

    mutating func add(_ end: EndRecord, of input: ResultInput) {
        guard end.reason == .failed else { return }
        if end.frames == 0 { missing.add(input.name) } else { broken.add(input.name) }
    }

    /// How many inputs gave no frame.
    package var missingInputs: Int { missing.count }

    /// `2 inputs failed and are not in this: a.mp4, b.mp4`.
    package var warnings: [String] {
        var all: [String] = []
        if missing.count > 0 {
            let (inputs, are) = missing.count == 1 ? ("1 input", "is") : ("\(missing.count) inputs", "are")
            all.append("\(inputs) failed and \(are) not in this: \(missing.text)")
        }
        if broken.count > 0 {
            let inputs = broken.count == 1 ? "1 input" : "\(broken.count) inputs"
            all.append("\(inputs) failed on the way, and only what came before is in this: \(broken.text)")
        }
        return all
    }
}
