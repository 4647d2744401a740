import ArgumentParser
import DeepVid

/// By what objects are known again after they were out of sight.
struct ReidFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Know objects again by this embedding model after they were out of sight: they keep their track_id.", valueName: "model"),
        completion: .file(extensions: ["onnx"]))
    var reid: String?

    @Option(
        help: ArgumentHelp("Classes of the objects that --reid tells apart, separated by commas. (default: person)", valueName: "names"))
    var reidOn: NameList?

    @Option(help: ArgumentHelp("For how long --reid looks for an object that is missing. (default: 30)", valueName: "time"))
    var reidAge: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Cosine distance from which two views are not of one object: less tells more apart. (default: 0.15)", valueName: "distance"))
    var reidDistance: Fraction?

    func validate() throws {
        if reid?.isEmpty == true { throw ValidationError("--reid needs the name of a model.") }
        for (flag, isGiven) in [("--reid-on", reidOn != nil), ("--reid-age", reidAge != nil), ("--reid-distance", reidDistance != nil)]
        where isGiven && reid == nil {
            throw ValidationError("\(flag) goes with --reid.")
        }
        if let reidAge, reidAge.seconds > 3600 { throw ValidationError("--reid-age must be an hour or less.") }
    }

    /// Loads the model.
    /// - Parameter options: with all else that may want objects followed.
    func add(to options: inout OutputOptions) throws {
        guard let reid else { return }
        guard options.isTracking else {
            throw CLIError.unusable("--reid is of objects that are followed: give --track as well, or leave it out")
        }
        options.reid = try ReidModel(
            reid, on: reidOn?.names ?? ReidModel.defaultClasses, age: reidAge?.seconds ?? ReidModel.defaultAge,
            distance: reidDistance?.value ?? ReidModel.defaultDistance)
    }
}
