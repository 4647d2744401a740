import ArgumentParser
import DeepVid
import FileNames
import Glibc
import Settings
import Supervision

/// The settings with the command of each camera, which has been through all that the commands check before they begin.
struct SettingsCheck {
    let settings: Settings
    /// Of the cameras that are wanted; without the keys that are wrong.
    private(set) var commands: [CameraCommand] = []
    private(set) var mistakes: [Mistake]
    /// While checking: the model that was loaded last, for cameras mostly have the same.
    private var loaded: (options: String, model: DeepVid.Model)?

    /// Where settings are looked for if no file is named.
    static let places = ["deepvid.toml", "/etc/deepvid/deepvid.toml"]

    static let knownFlags = KnownFlags(
        infer: CommandFlags(dump: Infer._dumpHelp()), batch: CommandFlags(dump: Batch._dumpHelp()), didYouMean: didYouMean)

    /// Reads the settings and checks them. Loads the models, and opens no camera.
    ///
    /// - Parameters:
    ///   - path: nil for the first of `places` that is there.
    ///   - names: of the cameras that are wanted; all if empty.
    /// - Throws: when there is no such file or camera. What is wrong in the file is in `mistakes`.
    init(_ path: String?, cameras names: [String] = []) throws {
        guard let path = path ?? Self.places.first(where: { access($0, F_OK) == 0 }) else {
            throw CLIError.unusable(
                "there is neither \(Self.places.joined(separator: " nor ")): name a file; deepvid.toml(5) says what it holds")
        }
        do { settings = try Settings(path: path) } catch { throw CLIError.unusable(error.message) }
        let known = settings.cameras.map(\.name)
        if settings.mistakes.isEmpty, let name = names.first(where: { !known.contains($0) }) {
            throw unknown("\(path): has no camera '\(name)'", name, "the cameras are", known)
        }
        let (all, wrong) = settings.commands(Self.knownFlags, cpus: RunOptions.availableCPUs)
        mistakes = settings.mistakes + wrong
        // Relative paths are relative to the file.
        let here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(here) }
        guard chdir(settings.folder.fileName) == 0 else { throw CLIError.unusable("\(settings.folder): \(systemError)") }
        for command in all where names.isEmpty || names.contains(command.camera) { commands.append(check(command)) }
        fchdir(here)
        loaded = nil
        mistakes = Mistake.sorted(mistakes)
    }

    /// What is run, for the supervisor.
    var jobs: [Supervisor.Job] {
        commands.map { command in
            let written = ["output", "metrics"].compactMap { flag in
                command.value(of: flag).map { flag == "output" && command.tool == .batch ? $0 : parent(of: $0) }
            }
            return Supervisor.Job(
                camera: command.camera, arguments: command.words + ["--log", Console.Format.journal.rawValue],
                makes: written.map { Settings.path($0, in: settings.folder) }, files: command.files(in: settings.folder))
        }
    }

    /// The commands as a shell takes them, without secrets.
    var script: String {
        let lines = commands.flatMap {
            ["# \($0.camera)", (["deepvid"] + $0.words).map { quoted(displayName(of: $0)) }.joined(separator: " ")]
        }
        return (["cd \(quoted(settings.folder))"] + lines).joined(separator: "\n")
    }

    // MARK: Checking

    /// Notes what the command refuses, one key after the other.
    /// - Returns: the command without the refused keys.
    private mutating func check(_ command: CameraCommand) -> CameraCommand {
        var command = command
        // Models take their time, and who waits for a sign of life has to get one also while settings are read again.
        ServiceManager.shared?.beat()
        while let message = refusal(of: command) {
            let culprit = Self.culprit(in: command, message)
            let key = culprit.flatMap { command.arguments[$0].key }
            mistakes.append(Mistake(file: settings.path, position: key?.position ?? command.position, message: message))
            guard let culprit, culprit > 0 else { break }
            command.arguments.remove(at: culprit)
        }
        return command
    }

    /// Why the command would end before its first frame; nil where it would not.
    private mutating func refusal(of command: CameraCommand) -> String? {
        do {
            try RenamedFlags.refuse(in: command.words)
            switch try Deepvid.parseAsRoot(command.words) {
            case let infer as Infer:
                let (options, routing) = try infer.checked()
                // An edge is asked when it is needed, and not before.
                if !infer.edge.answersFrames(infer.bundle) {
                    try options.check(load(options.model) { try DeepVid.Model(options.model, routing: routing) })
                }
            case let batch as Batch:
                let options = try batch.checked().run
                try options.check(load(options.model) { try DeepVid.Model(options.model, routing: batch.bundle.options) })
            default: preconditionFailure("cameras are run by infer and batch")
            }
            return nil
        } catch let error as CLIError {
            return error.description
        } catch {
            let isUsage = Deepvid.exitCode(for: error) != .failure
            return isUsage ? explained(Deepvid.message(for: error), command.words) : "\(error)"
        }
    }

    private mutating func load(_ options: ModelOptions, _ make: () throws -> DeepVid.Model) throws -> DeepVid.Model {
        let key = "\(options)"
        if let loaded, loaded.options == key { return loaded.model }
        let model = try make()
        loaded = (key, model)
        return model
    }

    /// Which argument a message is about: the one whose flag it names first, else the one whose value it names.
    private static func culprit(in command: CameraCommand, _ message: String) -> Int? {
        let arguments = command.arguments.enumerated().filter { $1.key != nil }
        for flag in message.matches(of: /--([a-z][a-z-]*)/).map({ String($0.1) }) {
            if let match = arguments.first(where: { $1.key!.name == flag || "no-" + $1.key!.name == flag }) { return match.offset }
        }
        let values = arguments.flatMap { argument in
            argument.element.words.filter { $0.count > 1 && !$0.hasPrefix("--") && message.contains($0) }.map {
                (argument.offset, $0.count)
            }
        }
        return values.max { $0.1 < $1.1 }?.0
    }
}
