import Models
import ArgumentParser
import DeepVid

/// Which of a model's answers are reported.
struct ResultFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Least score of a reported object, 0 to 1. (default: the card's or head's)", valueName: "score"))
    var score: Fraction?

    @Option(
        help: ArgumentHelp(
            "Overlap above which the weaker of two boxes of a class goes, 0 to 1. (default: the card's or head's)", valueName: "iou"))
    var nmsIou: Fraction?

    @Option(help: ArgumentHelp("Report these classes only, by name, separated by commas.", valueName: "names"))
    var classes: NameList?

    @Option(help: ArgumentHelp("Classes reported by a classifier. (default: 5)", valueName: "n"))
    var topK: Int?

    func validate() throws {
        if let topK, topK < 1 { throw ValidationError("--top-k must be 1 or more, not \(topK).") }
    }

    func apply(to options: inout ModelOptions) {
        options.score = score?.value
        options.nmsIoU = nmsIou?.value
        options.classes = classes?.names
        options.topK = topK
    }
}
