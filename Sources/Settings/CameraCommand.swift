import FileNames
import Glibc

/// The command line that a camera is run by.
public struct CameraCommand: Sendable {
    public enum Tool: String, Sendable {
        /// For cameras, URLs and files.
        case infer
        /// For folders, which are followed.
        case batch
    }

    public struct Argument: Sendable {
        /// Where it comes from; nil for what nobody wrote.
        public let key: Settings.Key?
        public let words: [String]

        /// What is said: of a flag that is given several times, each value.
        public var values: [String] {
            guard let key, words.contains(where: { $0.hasPrefix("--") }) else { return words }
            let flag = "--\(key.name)"
            return words.filter { $0 != flag && $0 != "--no-\(key.name)" }.map {
                $0.hasPrefix(flag + "=") ? String($0.dropFirst(flag.count + 1)) : $0
            }
        }
    }

    public let camera: String
    /// Of the camera's table.
    public let position: Position
    public let tool: Tool
    public var arguments: [Argument]
    /// Further words, for what the settings do not say: the camera's share of the machine, which depends on the other cameras.
    public internal(set) var share: [String] = []

    /// What stands after `deepvid`, without the share.
    public var settled: [String] { [tool.rawValue] + arguments.flatMap(\.words) }

    /// What stands after `deepvid`.
    public var words: [String] { settled + share }

    /// The value of a flag, as it is given to the command.
    public func value(of flag: String) -> String? {
        let words = arguments.last { $0.words.first == "--\(flag)" || $0.words.first?.hasPrefix("--\(flag)=") == true }?.words
        return words.flatMap { $0.count > 1 ? $0[1] : $0[0].firstIndex(of: "=").map { String(words![0][words![0].index(after: $0)...]) } }
    }

    /// Files that the settings name and the command reads: when they change, it has to begin again.
    /// - Parameter folder: that relative paths are relative to.
    public func files(in folder: String) -> [String] {
        arguments.filter { !Translation.written.contains($0.key?.name ?? "input") }.flatMap(\.values)
            .map { Settings.path($0, in: folder) }
    }
}

extension Settings {
    /// The command of each camera, and what is wrong with its keys. A key with a mistake is left out of the command.
    ///
    /// - Parameter cpus: threads that are shared out among the cameras that do not say `threads`.
    public func commands(_ known: KnownFlags, cpus: Int) -> (commands: [CameraCommand], mistakes: [Mistake]) {
        var translation = Translation(settings: self, known: known, threads: max(1, cpus / max(1, cameras.count)))
        for key in defaults { translation.refuseTable(key) }
        let commands = cameras.compactMap { translation.command(of: $0) }
        translation.refuseSharedOutputs(commands)
        return (commands, translation.mistakes)
    }

    /// The file of `run` itself, beside those of the cameras: where `metrics` at the beginning of the settings is a folder.
    public var metrics: String? {
        guard case .string(let folder)? = defaults.first(where: { $0.name == "metrics" })?.node.value,
            !folder.isEmpty, !folder.hasSuffix(Translation.metricsSuffix), !folder.contains("{camera}")
        else { return nil }
        return Settings.path(folder + (folder.hasSuffix("/") ? "" : "/") + Translation.runMetrics, in: self.folder)
    }

    /// A name in the settings as one that holds in any folder.
    package static func path(_ name: String, in folder: String) -> String {
        name.utf8.first == UInt8(ascii: "/") ? name : "\(folder)/\(name)"
    }
}

/// From keys to arguments.
private struct Translation {
    /// Keys whose files change all the time while a camera runs.
    static let written: Set = ["input", "output", "metrics", "snapshots", "clips"]
    static let metricsSuffix = ".prom"
    /// The name of the file that `deepvid run` writes about its cameras.
    static let runMetrics = "run" + metricsSuffix
    /// Keys that others have for these.
    private static let meant = [
        "inputs": "input", "url": "input", "source": "input", "rtsp": "input", "webhook": "on-event", "command": "on-event",
        "quiet_hours": "notify-from and notify-to", "quiet-hours": "notify-from and notify-to", "schedule": "notify-from and notify-to",
        "min_score": "score", "min-score": "score", "conf": "score",
    ]
    /// What `deepvid run` decides.
    private static let own = ["camera", "follow", "log", "resume"]

    let settings: Settings
    let known: KnownFlags
    /// For a camera that does not say.
    let threads: Int
    var mistakes: [Mistake] = []

    private mutating func note(_ position: Position, _ message: String) {
        mistakes.append(Mistake(file: settings.path, position: position, message: message))
    }

    mutating func command(of camera: Settings.Camera) -> CameraCommand? {
        let own = Set(camera.keys.map(\.name))
        let keys = camera.keys + settings.defaults.filter { !own.contains($0.name) }
        guard let input = keys.first(where: { $0.name == "input" }) else {
            if let key = keys.first(where: { Self.meant[$0.name] == "input" || !known.didYouMean($0.name, ["input"]).isEmpty }) {
                note(key.position, "unknown key '\(key.name)': where the pictures come from is 'input'")
                return nil
            }
            note(camera.position, "camera '\(camera.name)' has no input: give it a URL, a file, or a folder that fills")
            return nil
        }
        let inputs = texts(of: input, camera)
        if inputs.isEmpty { return nil }
        // What is not there yet is a folder if a key says so, or, where none says otherwise, its name.
        let isMissing = inputs.contains { !$0.contains("://") && access(Settings.path($0, in: settings.folder).fileName, F_OK) != 0 }
        let isForBatch = camera.keys.contains { known.batch[$0.name] != nil && known.infer[$0.name] == nil }
        let isForInfer = camera.keys.contains { known.infer[$0.name] != nil && known.batch[$0.name] == nil }
        let isLikelyFolder = isForBatch || !isForInfer && inputs.allSatisfy(Self.isFolderName)
        let fills = inputs.contains { isFolder($0) || isPattern($0) }
        let tool: CameraCommand.Tool = fills || isMissing && isLikelyFolder ? .batch : .infer
        var command = CameraCommand(
            camera: camera.name, position: camera.position, tool: tool, arguments: [.init(key: input, words: inputs)])
        if inputs.contains("-") {
            note(input.position, "a camera cannot be read from standard input: name a file, a pipe, a folder or a URL")
        }
        for key in keys where key.name != "input" {
            guard let flag = flag(of: key, tool, isOwn: own.contains(key.name)) else { continue }
            if let words = words(for: flag, key, camera, tool), !words.isEmpty { command.arguments.append(.init(key: key, words: words)) }
        }
        command.arguments.append(.init(key: nil, words: ["--camera", camera.name] + (tool == .batch ? ["--follow"] : [])))
        if command.value(of: "threads") == nil { command.share = ["--threads", "\(threads)"] }
        if !keys.contains(where: { $0.name == "output" }) {
            // For the other keys to be checked.
            command.arguments.append(.init(key: nil, words: ["--output", camera.name + ".jsonl"]))
            note(camera.position, "camera '\(camera.name)' has no output, and its records would go nowhere: write output = \"records\"")
        }
        return command
    }

    /// Whether a name is rather a folder's: of files, it would have an ending.
    private static func isFolderName(_ input: String) -> Bool {
        if input.contains("://") || input == "-" || input.hasPrefix("/dev/") { return false }
        return input.hasSuffix("/") || input.split(separator: "/").last.map { !$0.dropFirst().contains(".") } ?? false
    }

    private func isFolder(_ input: String) -> Bool {
        var status = stat()
        return stat(Settings.path(input, in: settings.folder).fileName, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether an input names the recordings of one camera in a folder that those of others are in: `nvr/*64_01*`. A sequence of pictures
    /// (`frames/*.png`) is one video.
    private func isPattern(_ input: String) -> Bool {
        guard !input.contains("://"), input.contains(where: { "*?[".contains($0) }) else { return false }
        guard access(Settings.path(input, in: settings.folder).fileName, F_OK) != 0 else { return false }
        let suffix = input.lowercased().split(separator: ".").last ?? ""
        return !["png", "jpg", "jpeg", "bmp", "tif", "tiff", "webp"].contains(suffix)
    }

    /// The flag that a key stands for; nil where it does not concern this camera, or is none.
    private mutating func flag(of key: Settings.Key, _ tool: CameraCommand.Tool, isOwn: Bool) -> Flag? {
        if Self.own.contains(key.name) {
            note(key.position, "'\(key.name)' is decided by 'deepvid run': leave it out")
            return nil
        }
        if let flag = known[tool][key.name] { return flag }
        let other: CameraCommand.Tool = tool == .infer ? .batch : .infer
        if known[other][key.name] != nil {
            // A default is for those cameras that can have it.
            if isOwn {
                let kind = tool == .infer ? "is no folder, so it is run by infer" : "is a folder or a pattern, so it is run by batch"
                note(key.position, "'\(key.name)' is an option of \(other.rawValue), and this camera \(kind): leave it out")
            }
            return nil
        }
        if case .table = key.node.value, !isOwn { return nil }
        let hint =
            Self.meant[key.name].map { " (did you mean '\($0)'?)" }
            ?? known.didYouMean(key.name, Set(known.infer.names + known.batch.names + ["input", "camera"]).sorted())
        note(key.position, "unknown key '\(key.name)'\(hint): keys are the options of 'deepvid infer' and 'batch' without their dashes")
        return nil
    }

    private mutating func words(
        for flag: Flag, _ key: Settings.Key, _ camera: Settings.Camera, _ tool: CameraCommand.Tool
    ) -> [String]? {
        guard flag.takesValue else {
            guard case .boolean(let isOn) = key.node.value else {
                note(key.position, "'\(key.name)' is \(key.node.kind), and has to be true or false")
                // Other keys may need it.
                return ["--\(flag.name)"]
            }
            return isOn ? ["--\(flag.name)"] : known[tool]["no-\(flag.name)"] != nil ? ["--no-\(flag.name)"] : []
        }
        var values = texts(of: key, camera)
        if values.isEmpty { return nil }
        if !flag.isRepeating { values = [values.joined(separator: ",")] }
        let ending = ["output": tool == .infer ? ".jsonl" : nil, "metrics": Self.metricsSuffix][key.name] ?? nil
        if let ending, !values[0].hasSuffix(ending), !(key.name == "output" && values[0].hasSuffix(".jsonl.zst")) {
            values[0] += (values[0].hasSuffix("/") ? "" : "/") + camera.name + ending
        }
        // A value that begins with a dash would be taken for a flag.
        return values.flatMap { $0.hasPrefix("-") ? ["--\(flag.name)=\($0)"] : ["--\(flag.name)", $0] }
    }

    /// The strings and numbers of a value or a list, with `{camera}` replaced; none, and a mistake, where it holds anything else.
    private mutating func texts(of key: Settings.Key, _ camera: Settings.Camera) -> [String] {
        let nodes = if case .array(let elements) = key.node.value { elements } else { [key.node] }
        var texts: [String] = []
        for node in nodes {
            switch node.value {
            case .string(let text) where text.utf8.contains(0): note(node.position, "'\(key.name)' has a NUL character: take it out")
            case .string(let text): texts.append(text.replacing("{camera}", with: camera.name))
            case .number(let text): texts.append(text)
            default: note(node.position, "'\(key.name)' is \(node.kind), and has to be a string, a number, or a list of them")
            }
        }
        if nodes.isEmpty { note(key.position, "'\(key.name)' is an empty list: leave it out, or name something") }
        return texts.count == nodes.count ? texts : []
    }

    /// A table at the beginning that is no option's is one of cameras under another name.
    mutating func refuseTable(_ key: Settings.Key) {
        guard case .table(let nodes) = key.node.value, known.infer[key.name] == nil, known.batch[key.name] == nil else { return }
        let tables = nodes.filter { if case .table = $0.value { true } else { false } }
        let cameras = tables.isEmpty ? [("", key.name, key.position)] : tables.map { (key.name + ".", $0.key, $0.position) }
        for (prefix, name, position) in cameras {
            note(position, "[\(prefix)\(name)] is no table of these settings: did you mean [camera.\(name)]?")
        }
    }

    /// Two that write one file would spoil it.
    mutating func refuseSharedOutputs(_ commands: [CameraCommand]) {
        for flag in ["output", "metrics"] {
            var owners: [String: String] = [:]
            func place(_ path: String) -> String { path.split(separator: "/").filter { $0 != "." }.joined(separator: "/") }
            for command in commands {
                guard let value = command.value(of: flag) else { continue }
                let path = place(Settings.path(value, in: settings.folder))
                let key = command.arguments.first { $0.key?.name == flag }?.key
                if flag == "metrics", settings.metrics.map(place) == path {
                    note(
                        key?.position ?? command.position,
                        "camera '\(command.camera)' would have the metrics file of 'deepvid run' itself: give it another name, or metrics")
                }
                guard let other = owners.updateValue(command.camera, forKey: path) else { continue }
                note(
                    key?.position ?? command.position,
                    "cameras '\(other)' and '\(command.camera)' have the same \(flag), \(value): name another, or write {camera} into it")
            }
        }
    }
}
