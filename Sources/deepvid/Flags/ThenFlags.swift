import ArgumentParser
import DeepVid

/// Second models, and what they are asked about.
struct ThenFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Run this classifier or embedding on each object that was found. May be given again.", valueName: "model"),
        completion: .file(extensions: ["onnx"]))
    var then: [String] = []

    @Option(
        help: ArgumentHelp(
            "Classes of the objects that --then is about, separated by commas: once for each --then, or once for all. (default: all)",
            valueName: "names"))
    var on: [NameList] = []

    @Option(
        help: ArgumentHelp(
            "What a crop has around the box on each side, as a share of the box: once for each --then, or once for all. (default: 0.1)",
            valueName: "share"))
    var cropMargin: [Fraction] = []

    @Option(
        help: ArgumentHelp(
            "Of followed objects: age from which an answer of --then is asked for anew; 0 asks in every frame. (default: 10)",
            valueName: "time"))
    var answerAge: TimeSpan?

    func validate() throws {
        if then.contains("") { throw ValidationError("--then needs the name of a model.") }
        for (flag, count) in [("--on", on.count), ("--crop-margin", cropMargin.count)] where count > 0 {
            if then.isEmpty { throw ValidationError("\(flag) goes with --then.") }
            guard count == 1 || count == then.count else {
                let times = then.count == 1 ? "once" : "\(then.count) times"
                throw ValidationError(
                    "\(flag) is given \(count) times, and --then \(times): give \(flag) once for all, or once for each --then, in the same "
                        + "order" + (flag == "--on" ? "; classes go together, as in person,car." : "."))
            }
        }
        if answerAge != nil, then.isEmpty { throw ValidationError("--answer-age goes with --then.") }
    }

    /// Loads the models.
    /// - Parameter options: with all else that may want objects followed.
    func add(to options: inout OutputOptions) throws {
        if answerAge != nil, !options.isTracking {
            throw CLIError.unusable("--answer-age is of objects that are followed: give --track as well, or leave it out")
        }
        options.answerAge = answerAge?.seconds ?? options.answerAge
        for (index, path) in then.enumerated() {
            func own<Value>(_ values: [Value]) -> Value? { values.count == 1 ? values[0] : index < values.count ? values[index] : nil }
            options.then.append(
                try ThenModel(path, on: own(on)?.names, margin: own(cropMargin)?.value ?? ThenModel.defaultMargin))
        }
    }
}
