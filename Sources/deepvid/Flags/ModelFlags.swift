import Models
import ArgumentParser
import DeepVid

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

/// How a model's input and outputs are read.
struct CardFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("Model card. (default: <model>.json beside the model, else a guess)", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var card: String?

    @Option(help: ArgumentHelp("Class names, one a line; replaces the card's.", valueName: "file"), completion: .file())
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
        options.inputSize = inputSize.map { (width: $0.width, height: $0.height) }
        return options
    }
}
