import ArgumentParser
import DeepVid
import FileNames
import Glibc
import Models
import Settings
import Variants

/// Which model, and how its outputs are read.
struct ModelFlags: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("ONNX model. (default: the detector inside deepvid)", valueName: "file"),
        completion: .file(extensions: ["onnx"]))
    var model: String?

    @OptionGroup var card: CardFlags

    var options: ModelOptions {
        var options = card.options
        options.model = model
        return options
    }
}

/// Which models answer every frame, and how the outputs of a single one are read.
struct ModelsFlags: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            """
            ONNX model, or a catalog of variants of one (.toml). Given several times, all of them answer every frame, under the files' \
            names or the one in NAME=FILE; what they have in common is computed once. (default: the detector inside deepvid)
            """, valueName: "file"), completion: .file(extensions: ["onnx", "toml"]))
    var model: [NamedFile] = []

    @Option(
        help: ArgumentHelp(
            """
            What the models may take a frame: of a catalog, or of a model of several capacities, what promises the most accuracy within \
            that runs. (default: no limit)
            """, valueName: "ms"))
    var budgetMs: Double?

    @Option(
        help: ArgumentHelp(
            "Which capacity of a model that holds several. (default: the largest; live, or with --budget-ms, what there is time for)",
            valueName: "name"))
    var capacity: String?

    @OptionGroup var card: CardFlags

    func validate() throws {
        if let budgetMs, !(budgetMs > 0 && budgetMs.isFinite) {
            throw ValidationError("--budget-ms must be more than 0, not \(budgetMs).")
        }
        if let capacity {
            if budgetMs != nil {
                throw ValidationError("--capacity names the one that runs, and --budget-ms lets it be chosen: leave one of them out.")
            }
            if model.count != 1 || model.contains(where: { Catalog.isNamed($0.path) }) {
                throw ValidationError("--capacity \(capacity) is for one model that holds several: give one --model, and no catalog.")
            }
        }
        guard let flag = card.given else { return }
        if model.count > 1 {
            throw ValidationError(
                "\(flag) is for one model, and there are \(model.count): write what it says into a card beside the model's file.")
        }
        if let catalog = model.first, Catalog.isNamed(catalog.path) {
            throw ValidationError(
                "\(flag) is for one model, and \(catalog.path) is a catalog: write it into the variants' tables or cards.")
        }
    }
}

/// `NAME=FILE`, or a file without a name.
struct NamedFile: ExpressibleByArgument {
    let name: String?
    let path: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        // A file may have '=' in its own name.
        if parts.count == 2, Settings.isCameraName(parts[0]), access(argument.fileName, F_OK) != 0 {
            (name, path) = (parts[0], parts[1])
        } else {
            (name, path) = (nil, argument)
        }
    }
}

/// How a model's input and outputs are read.
struct CardFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("Model card. (default: <model>.json beside the model, else a guess)", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var card: String?

    @Option(
        help: ArgumentHelp("Class names, one a line, or a list such as coco80; replaces the card's.", valueName: "file"),
        completion: .file())
    var labels: String?

    @Option(
        help: ArgumentHelp("How to read the outputs; 'deepvid models' lists the heads.", valueName: "name"),
        completion: .list(ModelOptions.headNames))
    var head: String?

    @Option(help: ArgumentHelp("Input size of a model with free height and width.", valueName: "WxH"))
    var inputSize: InputSize?

    var options: ModelOptions {
        var options = ModelOptions()
        (options.card, options.labels, options.head) = (card, labels, head)
        options.inputSize = inputSize?.size
        return options
    }

    /// A flag that was given, if one was.
    var given: String? {
        let flags = [("--card", card), ("--labels", labels), ("--head", head), ("--input-size", inputSize.map { "\($0)" })]
        return flags.first { $1 != nil }?.0
    }
}

/// Which of a model's answers are reported.
struct ResultFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Least score of a reported object, 0 to 1; one that is followed already is reported down to 0.1. (default: the card's or head's)",
            valueName: "score"))
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

    func options(_ model: ModelFlags, _ precision: PrecisionFlags) -> ModelOptions {
        var options = options(model.card)
        (options.model, options.precision) = (model.model, precision.precision)
        return options
    }

    /// One a model, in their order.
    ///
    /// - Parameter maySwitch: whether capacities may be chosen among, where no one is named.
    func options(_ models: ModelsFlags, _ precision: PrecisionFlags, maySwitch: Bool = false) -> [ModelOptions] {
        var options = options(models.card)
        options.precision = precision.precision
        if let name = models.capacity {
            options.capacity = .named(name)
        } else if maySwitch || models.budgetMs != nil {
            options.capacity = .any
        }
        if models.model.isEmpty { return [options] }
        return models.model.map { file in
            (options.name, options.model) = (file.name, file.path)
            return options
        }
    }

    private func options(_ card: CardFlags) -> ModelOptions {
        var options = card.options
        (options.score, options.nmsIoU) = (score?.value, nmsIou?.value)
        (options.classes, options.topK) = (classes?.names, topK)
        return options
    }
}

/// How many threads a command's model runs on.
struct ThreadFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Threads for the model. (default: one a CPU; batch: one a job, more if clips are fewer)", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be 1 to 256, not \(threads).") }
    }

    var count: Int { threads ?? RunOptions.availableCPUs }
}
