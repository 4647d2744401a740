import ArgumentParser
import DeepVid
import Dispatch
import Models
import Reports
import Results
import Synchronization
import Viewer

struct View: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Look at results in a browser, with their clips.",
        discussion: """
            Serves the page of 'report' on 127.0.0.1, until Ctrl-C: with pictures of all events, and a click on one plays the clip \
            from there. What changed since is read when the page is loaded again.
            """)

    @OptionGroup var results: ResultsArguments

    @OptionGroup(title: "Options") var flags: ViewFlags

    mutating func perform() throws -> ExitStatus {
        for clip in flags.clip { try checkInput(clip) }
        flags.console.apply()
        // Says which files are not complete, and what cannot be read at all.
        _ = try results.files()
        let zone = try flags.clock.zone()
        let interruption = Interruption.install()
        let server = ViewServer(
            results: results.results, clips: flags.clip, zone: zone, port: flags.port ?? 0, control: interruption.control)
        interruption.arm()
        let outcome = Mutex<Result<Void, any Error>>(.success(()))
        let isOver = DispatchSemaphore(value: 0)
        let task = Task {
            do {
                try await server.run { address, content in
                    for warning in content.warnings { Console.warning(warning) }
                    for error in content.errors { Console.error(error) }
                    _ = printToStandardOutput(address)
                    Console.summary("open it in a browser; Ctrl-C ends it")
                }
            } catch { outcome.withLock { $0 = .failure(error) } }
            isOver.signal()
        }
        interruption.control.onStop { task.cancel() }
        isOver.wait()
        // To be ended is how this ends.
        if interruption.control.isStopped { return .done }
        if case .failure(let error) = outcome.withLock({ $0 }) { throw error }
        return .done
    }
}

/// Where a page is served, and what belongs to it.
struct ViewFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Port of 127.0.0.1, 1 to 65535. (default: one that is free)", valueName: "port"))
    var port: UInt16?

    @Option(
        help: ArgumentHelp("A clip, if it is not where the results say. Can be repeated.", valueName: "file"), completion: .file())
    var clip: [String] = []

    @OptionGroup var clock: TimeZoneFlags
    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if port == 0 { throw ValidationError("--port must be 1 to 65535; leave it out for one that is free.") }
    }
}
