import ArgumentParser
import DeepVid
import FileNames
import Glibc
import Notices
import Results
import Settings
import Supervision
import Video

/// The settings with the command of each camera, which has been through all that the commands check before they begin.
struct SettingsCheck {
    let settings: Settings
    /// Of the cameras that are wanted; without the keys that are wrong.
    private(set) var commands: [CameraCommand] = []
    /// The same with all keys.
    private var whole: [CameraCommand] = []
    private(set) var mistakes: [Mistake]
    /// Those of them that are about a file which is not there, or a folder that cannot be written: it may be on a disk that comes later.
    private var missing: Set<Mistake> = []
    /// Those and the others that are about what a file holds, and not about what the settings say.
    private var ofFiles: Set<Mistake> = []
    /// By the name of a camera: the first of these that it has.
    private var obstacles: [String: String] = [:]
    /// What can be run, and is probably not what was meant.
    private(set) var warnings: [Mistake] = []
    /// While checking: what is asked for by the camera that is checked and never happens.
    private var silences: [String] = []
    /// While checking: the model that was loaded last, for cameras mostly have the same.
    private var loaded: (options: String, model: DeepVid.Model)?

    /// Where settings are looked for if no file is named.
    static let places = ["deepvid.toml", "/etc/deepvid/deepvid.toml"]

    /// Keys whose files are read.
    private static let readKeys: Set = ["input", "model", "card", "labels", "zones", "bundle", "memory", "token-file", "edge-ca"]

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
        whole = all.filter { names.isEmpty || names.contains($0.camera) }
        for command in whole { commands.append(check(command)) }
        refuseSharedPorts()
        warnOfSharedFolders()
        fchdir(here)
        loaded = nil
        (mistakes, warnings) = (Mistake.sorted(mistakes), Mistake.sorted(warnings))
    }

    /// Says what is wrong, and what is doubtful.
    func report() {
        for mistake in mistakes { Console.error("\(mistake)") }
        for warning in warnings { Console.warning("\(warning)") }
        if mistakes.isEmpty, let openSecrets { Console.warning(openSecrets) }
    }

    /// What is run, for the supervisor.
    var jobs: [Supervisor.Job] {
        whole.map { command in
            let written = command.value(of: "output").map { command.tool == .batch ? $0 : parent(of: $0) }
            func path(_ name: String) -> String { Settings.path(name, in: settings.folder) }
            let input = command.tool == .infer ? command.arguments.first.map { path($0.words[0]) } : nil
            return Supervisor.Job(
                camera: command.camera, arguments: command.settled + ["--log", Console.Format.journal.rawValue], share: command.share,
                makes: written.map { [path($0)] } ?? [], files: command.files(in: settings.folder),
                input: input.flatMap { fileStatus($0)?.isRegular == true ? $0 : nil },
                metrics: command.value(of: "metrics").map(path), obstacle: obstacles[command.camera])
        }
    }

    /// Whether cameras can be started. One whose files are not there is no reason to leave the others alone: it is refused, and tried again.
    var canRun: Bool { mistakes.allSatisfy(ofFiles.contains) && whole.contains { obstacles[$0.camera] == nil } }

    /// What the process ends with, which has to do with what its manager does: files may come, and wrong settings stay wrong.
    var status: ExitStatus { mistakes.isEmpty ? .done : mistakes.allSatisfy(missing.contains) ? .failed : .unusable }

    /// That others may read the passwords in the settings; nil where they may not, or there are none.
    private var openSecrets: String? {
        let hasSecrets = commands.contains { Self.shown($0) != ["deepvid"] + $0.words }
        guard hasSecrets, let status = fileStatus(settings.location), status.st_mode & S_IROTH != 0 else { return nil }
        return "\(settings.path): has passwords, and every user of this machine may read it: chmod o= \(quoted(settings.path))"
    }

    /// The commands as a shell takes them, without secrets.
    var script: String {
        let lines = commands.flatMap { ["# \($0.camera)", Self.shown($0).map { quoted($0) }.joined(separator: " ")] }
        return (["cd \(quoted(settings.folder))"] + lines).joined(separator: "\n")
    }

    /// What was found, for programs; without secrets.
    var json: String {
        let object: JSONObject = [
            "settings": settings.path, "folder": settings.folder,
            "cameras": commands.map { ["name": $0.camera, "command": Self.shown($0)] as JSONObject },
            "mistakes": mistakes.map {
                ["line": $0.position.line, "column": $0.position.column, "message": $0.message, "is_missing_file": missing.contains($0)]
                    as JSONObject
            },
            "warnings": warnings.map { "\($0)" } + [openSecrets].compactMap(\.self),
        ]
        return jsonText(of: object)
    }

    private static func shown(_ command: CameraCommand) -> [String] {
        ["deepvid", command.tool.rawValue]
            + command.arguments.flatMap { argument in
                argument.words.map { argument.key?.name == "on-event" ? NoticeText.withoutSecrets($0) : Self.withoutStreamKey($0) }
            } + command.share
    }

    /// A name of an input or file without its secrets. With RTMP, the last part of the path is what the server knows its publisher by.
    private static func withoutStreamKey(_ word: String) -> String {
        displayName(of: word).replacing(/^(rtmp[a-z]*:\/\/[^\/]+\/[^?]*\/)[^\/?]+/) { "\($0.1)***" }
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
            let mistake = Mistake(file: settings.path, position: key?.position ?? command.position, message: message)
            mistakes.append(mistake)
            if let culprit, Self.isOfFile(command.arguments[culprit], message) {
                noteObstacle(mistake, of: command, isMissing: Self.isMissing(command.arguments[culprit], message))
            }
            guard let culprit, culprit > 0 else { break }
            command.arguments.remove(at: culprit)
        }
        refuseUnwritable(command)
        warn(of: command)
        silences = []
        return command
    }

    private mutating func noteObstacle(_ mistake: Mistake, of command: CameraCommand, isMissing: Bool) {
        ofFiles.insert(mistake)
        if isMissing { missing.insert(mistake) }
        obstacles[command.camera] = obstacles[command.camera] ?? mistake.message
    }

    /// Notes places that who runs this may not write to, and without which the command ends.
    private mutating func refuseUnwritable(_ command: CameraCommand) {
        for argument in command.arguments {
            guard let key = argument.key, ["output", "snapshots", "clips"].contains(key.name), let value = command.value(of: key.name)
            else {
                continue
            }
            let isFile = key.name == "output" && command.tool == .infer
            // A file that is there may be written to also where none can be made.
            if isFile, command.value(of: "segment") == nil, access(value.fileName, W_OK) == 0 { continue }
            guard let reason = obstacle(to: isFile ? parent(of: value) : value) else { continue }
            let mistake = Mistake(file: settings.path, position: key.position, message: "\(key.name): \(reason)")
            mistakes.append(mistake)
            noteObstacle(mistake, of: command, isMissing: true)
        }
    }

    /// Of two cameras that wait for connections at one address, one waits in vain.
    private mutating func refuseSharedPorts() {
        var cameras: [String: String] = [:]
        for command in commands where command.tool == .infer {
            guard let input = command.arguments.first, let url = input.words.first,
                let match = url.prefixMatch(of: /([a-z]+):\/\/(?:[^@\/]*@)?([^\/?]+)/),
                ["udp", "rtp"].contains(match.1) || url.contains(/[?&](?:listen(?:=[12])?|mode=listener)(?:&|$)/)
            else { continue }
            let address = "\(match.2)"
            // Who listens to a group of hosts shares it.
            if let first = Int(address.prefix { $0 != "." }), (224..<240).contains(first) { continue }
            if let other = cameras[address] {
                mistakes.append(
                    Mistake(
                        file: settings.path, position: input.key?.position ?? command.position,
                        message: "cameras \(other) and \(command.camera) both listen at \(address): give each a port of its own"))
            }
            cameras[address] = command.camera
        }
    }

    /// Notes what is doubtful in a command that can be run.
    private mutating func warn(of command: CameraCommand) {
        func note(_ key: Settings.Key?, _ message: String) {
            warnings.append(Mistake(file: settings.path, position: key?.position ?? command.position, message: message))
        }
        for argument in command.arguments {
            guard let key = argument.key else { continue }
            if key.name == "input" {
                for word in argument.words {
                    guard let character = InputName(word).unencodedInPassword else { continue }
                    note(key, "input: the password has a \(character): \(InputName.encodingAdvice(character))")
                }
            }
            guard let value = command.value(of: key.name) else { continue }
            switch key.name {
            case "segment":
                // A file every few seconds is seldom wanted, and a number without a unit is easily written.
                if let seconds = Int(value), seconds < 60 {
                    note(key, "segment = \"\(value)\" is \(seconds) seconds; minutes are \"\(value)m\"")
                }
            case "metrics":
                if let reason = obstacle(to: parent(of: value)) { note(key, "\(key.name): \(reason)") }
            case "on-event":
                for word in argument.values { if let doubt = NoticeFlags.doubt(of: word) { note(key, doubt) } }
            case "notify": for silence in silences { note(key, silence) }
            default: break
            }
        }
    }

    /// Notes folders that hold what is of several cameras, or that several cameras watch.
    private mutating func warnOfSharedFolders() {
        // Folders are read for this.
        guard mistakes.isEmpty else { return }
        var watched: [(camera: String, inputs: [String], clips: Set<String>)] = []
        for command in commands where command.tool == .batch {
            guard let argument = command.arguments.first, let key = argument.key else { continue }
            func note(_ message: String) {
                warnings.append(Mistake(file: settings.path, position: key.position, message: message))
            }
            let clips = RecorderFolders.clips(of: argument.words)
            if let mixture = RecorderFolders.mixture(of: clips, inputs: argument.words, camera: command.camera) { note(mixture) }
            let inputs = argument.words.map(RecorderFolders.place), own = Set(clips.map(RecorderFolders.place))
            if let other = watched.first(where: { !$0.clips.isDisjoint(with: own) || !Set($0.inputs).isDisjoint(with: inputs) }) {
                note(
                    "cameras \(other.camera) and \(command.camera) both watch \(argument.words.joined(separator: ", ")): each recording would be "
                        + "done twice, under both names; name a folder or a pattern for each")
            }
            watched.append((command.camera, inputs, own))
        }
    }

    /// Why the command would end before its first frame; nil where it would not.
    private mutating func refusal(of command: CameraCommand) -> String? {
        do {
            try RenamedFlags.refuse(in: command.words)
            switch try Deepvid.parseAsRoot(command.words) {
            case let infer as Infer:
                let (options, routing) = try infer.checked()
                silences = infer.notices.silences(options.output.zones?.layout)
                // An edge is asked when it is needed, and not before.
                if !infer.edge.answersFrames(infer.bundle) {
                    try options.check(load(options.models) { try DeepVid.Model(options.models, routing: routing) })
                }
            case let batch as Batch:
                for input in batch.inputs where !input.contains(where: { "*?[".contains($0) }) && fileStatus(input) == nil {
                    throw CLIError.unusable("\(input): \(errno == ENOENT ? "no such folder; check the path" : systemError)")
                }
                let options = try batch.checked().run
                silences = batch.notices.silences(options.output.zones?.layout)
                try options.check(load(options.models) { try DeepVid.Model(options.models, routing: batch.bundle.options) })
            default: preconditionFailure("cameras are run by infer and batch")
            }
            return nil
        } catch let error as CLIError {
            return error.description
        } catch {
            let isUsage = Deepvid.exitCode(for: error) != .failure
            return isUsage ? explained(Deepvid.message(for: error), command.words) : OptionNames.asFlags("\(error)")
        }
    }

    private mutating func load(_ options: [ModelOptions], _ make: () throws -> DeepVid.Model) throws -> DeepVid.Model {
        let key = "\(options)"
        if let loaded, loaded.options == key { return loaded.model }
        let model = try make()
        loaded = (key, model)
        return model
    }

    /// Whether a message is about a file that an argument names, and not about the argument.
    private static func isOfFile(_ argument: CameraCommand.Argument, _ message: String) -> Bool {
        guard let key = argument.key, readKeys.contains(key.name) else { return false }
        return argument.words.contains { !$0.isEmpty && !$0.hasPrefix("--") && !$0.contains("://") && message.contains($0) }
    }

    /// Whether that is because it is not there. In the settings' folder.
    private static func isMissing(_ argument: CameraCommand.Argument, _ message: String) -> Bool {
        guard let key = argument.key, readKeys.contains(key.name) else { return false }
        return argument.words.contains {
            !$0.hasPrefix("--") && !$0.contains("://") && message.contains($0) && access($0.fileName, F_OK) != 0 && errno == ENOENT
        }
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
