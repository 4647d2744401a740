import ArgumentParser
import CacheNet
import DeepVid
import ResultCache
import Video

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

    @Option(
        help: ArgumentHelp(
            "Keep the answers of --then in this file, and take those of crops that look alike from it.", valueName: "file"),
        completion: .file())
    var resultCache: String?

    func validate() throws {
        if resultCache?.isEmpty == true { throw ValidationError("--result-cache needs the name of a file.") }
        if resultCache != nil, then.isEmpty { throw ValidationError("--result-cache goes with --then.") }
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
        options.resultCache = resultCache
        for (index, path) in then.enumerated() {
            func own<Value>(_ values: [Value]) -> Value? { values.count == 1 ? values[0] : index < values.count ? values[index] : nil }
            options.then.append(
                try ThenModel(path, on: own(on)?.names, margin: own(cropMargin)?.value ?? ThenModel.defaultMargin))
        }
    }
}

/// The file that answers of second models are kept in.
struct KeptAnswers {
    private let file: ResultCacheFile
    private let entries: EdgeEntries?
    private let models: [ThenModel]

    /// Opens the file, or makes it, and lets the models use it; nil where none is wanted.
    ///
    /// - Parameter entries: the edge's; nil without one.
    init?(_ options: inout OutputOptions, entries: EdgeEntries? = nil) throws {
        guard let path = options.resultCache else { return nil }
        do { file = try ResultCacheFile(path: path) } catch { throw CLIError.unusable("--result-cache: \(error.message)") }
        let now = Arrival.now.wall
        for index in options.then.indices { options.then[index].keepAnswers(in: file, secondLevel: entries, now: now) }
        (models, self.entries) = (options.then, entries)
        report()
    }

    /// Tells people what went wrong with the file since the last call.
    func report() { for problem in file.takeProblems() { Console.warning("--result-cache: \(problem)") } }

    /// Writes down what was learnt.
    func finish() {
        for model in models { model.cache?.flush(now: Arrival.now.wall) }
        report()
        if let failure = entries?.counts.lastFailure { Console.warning("--edge: \(failure)") }
    }
}
