import ArgumentParser
import DeepVid
import Models
import RunMetrics
import Settings
import Supervision

/// Which camera a run is of, and what those who look after it are told.
struct CameraFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The camera's name, for records, counts and metrics.", valueName: "name"))
    var camera: String?

    @Option(
        help: ArgumentHelp("Write how the run is doing to this file every 10 seconds, for Prometheus' node exporter.", valueName: "file"),
        completion: .file(extensions: ["prom"]))
    var metrics: String?

    func validate() throws {
        if let camera, !Settings.isCameraName(camera) { throw ValidationError("--camera \(camera): \(Settings.nameRule).") }
        if metrics?.isEmpty == true { throw ValidationError("--metrics needs the name of a file.") }
    }

    /// Lets the console say whose lines those on standard error are.
    func apply() { Console.camera = camera }

    /// Begins the metrics' file; nil where none is asked for. That it cannot be written is a warning, and ends nothing.
    func makeMetrics(of subject: MetricsSubject) -> MetricsFile? {
        metrics.map { MetricsFile(path: $0, of: subject) { Console.warning("--metrics \($0)") } }
    }

    /// Tells the service manager, if there is one, that all is ready.
    func tellReady() { ServiceManager.shared?.tell("READY=1") }

    /// Gives it a sign of life.
    func beat() { ServiceManager.shared?.beat() }

    /// Tells it how an input ended, if that will be the same until the input is another.
    func tell(_ error: DeepVidError?) {
        if let error, error.code.isLasting { ServiceManager.shared?.tell(ServiceManager.inputIsBad) }
    }

    /// Tells it that the output cannot be written at present.
    func tellOutputIsBad() { ServiceManager.shared?.tell(ServiceManager.outputIsBad) }
}
