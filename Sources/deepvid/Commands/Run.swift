import ArgumentParser
import FileNames
import Glibc
import RunMetrics
import Supervision

struct RunCommand: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run all cameras of a settings file, each in a process of its own, until stopped.",
        discussion: """
            A camera that fails harms no other, and is started again. SIGHUP reads the settings again. The settings are described \
            in deepvid.toml(5); 'deepvid check' says what would be run.
            """)

    @OptionGroup var settings: SettingsArguments
    @OptionGroup var console: ConsoleFlags

    mutating func perform() throws -> ExitStatus {
        console.apply()
        guard let signals = Signals() else { throw CLIError.failed("cannot take signals: \(systemError)") }
        let first = try SettingsCheck(settings.file, cameras: settings.camera)
        guard let jobs = Self.jobs(first) else { return first.status }
        Console.showsTime = true
        // Relative paths are relative to the file, for all processes.
        guard chdir(first.settings.folder.fileName) == 0 else { throw CLIError.unusable("\(first.settings.folder): \(systemError)") }
        let cameras = settings.camera
        var metrics = Self.metrics(first), areGood = true
        let supervisor = Supervisor { level, camera, message in
            if level == .error || !Console.isQuiet { Console.say(level, message, camera: camera) }
        }
        let signal = supervisor.run(jobs, signals: signals.descriptor) {
            do {
                let check = try SettingsCheck(first.settings.location, cameras: cameras)
                if let jobs = Self.jobs(check) {
                    let file = Self.metrics(check)
                    if file?.path != metrics?.path {
                        if let old = metrics?.path { unlink(old.fileName) }
                        metrics = file
                    }
                    areGood = true
                    return jobs
                }
            } catch { Console.error("\(error)") }
            Console.error("the settings cannot be used; the cameras go on with those from before")
            areGood = false
            return nil
        } eachTime: { states in
            metrics?.show(states, areSettingsGood: areGood)
        }
        // To be stopped is what a service is there for.
        return signal.map { $0 == SIGTERM ? .done : .interrupted(signal: $0) } ?? .done
    }

    /// Nil where nothing can be run by them. Mistakes are told.
    private static func jobs(_ check: SettingsCheck) -> [Supervisor.Job]? {
        check.report()
        return check.canRun ? check.jobs : nil
    }

    /// The file about the processes; nil where the settings ask for none.
    private static func metrics(_ check: SettingsCheck) -> SupervisorFile? {
        check.settings.metrics.map { path in
            SupervisorFile(path: path, cameras: Set(check.settings.cameras.map(\.name))) { Console.warning($0) }
        }
    }
}
