import ArgumentParser
import Clocks
import DeepVid
import FileNames
import Glibc
import Settings
import Vision

/// Refuses a command that there is not, and says what was probably meant.
func refuseUnknownCommand(_ arguments: [String]) throws {
    var words = arguments.prefix { !$0.hasPrefix("-") }[...]
    let isHelp = words.first == "help"
    if isHelp { words.removeFirst() }
    var command: any ParsableCommand.Type = Deepvid.self, path: [String] = []
    while let word = words.popFirst(), !command.configuration.subcommands.isEmpty {
        if let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == word }) {
            command = next
            path.append(word)
            continue
        }
        if path.isEmpty, !isHelp, access(word.fileName, F_OK) == 0 {
            throw CLIError.unusable("'\(word)' is a file, not a command. To run a model over it: deepvid infer \(quoted(word))")
        }
        let names = command.configuration.subcommands.compactMap { $0.configuration.commandName }
        path.append(word)
        throw unknown(
            "unknown command '\(path.joined(separator: " "))'", word, "the commands are", names, andAlso: path.count == 1 ? ["help"] : [])
    }
}

/// The command that `arguments` name, as far as there is one, and what follows its name.
func commandNamed(by arguments: [String]) -> (command: any ParsableCommand.Type, rest: ArraySlice<String>) {
    var command: any ParsableCommand.Type = Deepvid.self, rest = arguments[...]
    while let word = rest.first, let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == word }) {
        (command, rest) = (next, rest.dropFirst())
    }
    return (command, rest)
}

/// A message of ArgumentParser in the style of all others, with what it leaves out: what a value has to look like, and what to
/// do. Without guesses that are far away.
func explained(_ message: String, _ arguments: [String]) -> String {
    // First, because ArgumentParser may complain of something that follows from such an option.
    for option in arguments.prefix(while: { $0 != "--" }).map({ $0.split(at: "=").0 }) where option.hasPrefix("--") {
        if let hint = advice(on: option, in: arguments) { return "there is no \(option): \(hint)" }
    }
    if let match = message.wholeMatch(of: /The value '(.*)' is invalid for '(.*) <(.*)>'(: .*)?/) {
        if match.3 == "time", match.1.hasPrefix("-") { return negative(String(match.2), match.1, isTime: true) }
        if let reason = match.4 { return "\(match.2)\(reason)" }
        guard let form = expectedForm(of: String(match.2), valueName: String(match.3)) else { return lowercasedFirst(message) }
        let meant = match.3 == "clock" ? ClockTime.meant(by: String(match.1)).map { " (did you mean \($0)?)" } : nil
        let hint = match.2 == "--by" ? CountKeys.hint(on: String(match.1)) : meant ?? ""
        return "\(lowercasedFirst(message))\(hint): expected \(form)"
    }
    if let match = message.wholeMatch(of: /Unknown option '(.*)'\.?(?: Did you mean '(.*)'\?)?/) {
        let word = match.1.drop { $0 == "-" }.replacing("_", with: "-")
        if let advice = foreignAdvice[String(word)] { return "unknown option '\(match.1)': \(advice)" }
        return "unknown option '\(match.1)'" + didYouMean(String(match.1), among: match.2.map { [String($0)] } ?? [])
    }
    if let match = message.wholeMatch(of: /Missing value for '(?:.* )?(-.*) <(.*)>'/),
        let value = zip(arguments, arguments.dropFirst()).first(where: { $0.0 == match.1 && $0.1.contains(/^-[.0-9]/) })?.1
    {
        return negative(String(match.1), value, isTime: match.2 == "time")
    }
    // Ultralytics' word for giving results as they come.
    if message.hasPrefix("Missing value for '--stream ") {
        return "\(lowercasedFirst(message)): it is the number of a stream in the file, as 'deepvid inspect' shows it; "
            + "records come frame by frame without it"
    }
    // `infer < clip.mp4`
    if message.hasPrefix("Missing expected argument '<input> ...'"), commandNamed(by: arguments).command == Infer.self {
        return "\(lowercasedFirst(message)): name videos, or - to read standard input"
    }
    if message.hasPrefix("Missing expected argument '<model|video>'"),
        let value = zip(arguments, arguments.dropFirst()).first(where: { $0.0 == "--grid" })?.1
    {
        return "--grid needs the picture to write besides the video: deepvid inspect \(quoted(value)) --grid grid.png"
    }
    // An argument that is too much may be a camera's address.
    return lowercasedFirst(message).replacing(/[A-Za-z][A-Za-z0-9+.\-]*:\/\/[^'\s]+/) { displayName(of: String($0.0)) }
}

/// What does what an option that there is not is given for; nil where that is not known.
private func advice(on option: String, in arguments: [String]) -> String? {
    let command = commandNamed(by: arguments).command
    func value(_ example: String) -> String {
        let joined = arguments.lazy.compactMap { $0.split(at: "=") }.first { $0.0 == option }?.1
        let next = zip(arguments, arguments.dropFirst()).first { $0.0 == option }?.1
        return joined ?? next.flatMap { $0.hasPrefix("-") ? nil : $0 } ?? example
    }
    if command == View.self, ["--camera", "--classes", "--zone", "--from", "--to", "--score"].contains(option) {
        return "cameras, classes and zones are chosen in the page; 'deepvid report' makes one of a choice, with \(option)"
    }
    if command == Count.self, ["--line", "--lines"].contains(option) {
        return "--by line counts who crosses, with a row for each line"
    }
    if command == Events.self || command == Cut.self || command == Report.self, ["--line", "--lines"].contains(option) {
        return "lines are counted: deepvid count RESULTS --by line"
    }
    if ["--night", "--day"].contains(option), CommandFlags(dump: command._dumpHelp())[spelling: "--from"] != nil {
        return option == "--night" ? "write --from 18:00 --to 08:00" : "write --from 08:00 --to 18:00"
    }
    if command == Export.self, option == "--format" { return "use --to \(value("coco"))" }
    if option == "--seed", CommandFlags(dump: command._dumpHelp())[spelling: "--cache"] != nil {
        return "--cache adaptive:audit-seed=\(value("1")) begins another draw of the frames that agreement is estimated from"
    }
    return nil
}

private func negative(_ option: String, _ value: some StringProtocol, isTime: Bool) -> String {
    let advice = isTime ? "times count from the beginning of the video, whose length 'deepvid inspect' says" : "leave out the sign"
    return "\(option) must not be negative, but is \(value): \(advice)"
}

private func lowercasedFirst(_ message: String) -> String {
    // ArgumentParser's own sentences begin with a capital; words in capitals are names.
    guard message.dropFirst().first?.isLowercase == true else { return message }
    return message.prefix(1).lowercased() + message.dropFirst()
}

/// An error that says which names there are, and which was probably meant.
func unknown(_ message: String, _ word: String, _ introduction: String, _ names: [String], andAlso more: [String] = []) -> CLIError {
    .unusable("\(message)\(didYouMean(word, among: names + more)); \(introduction) \(names.joined(separator: ", "))")
}

/// What other programs that run detectors call commands and options of ours.
private let foreignNames = [
    "predict": "infer", "detect": "infer", "track": "infer", "iou": "nms-iou", "conf": "score", "min-score": "score",
    "min-confidence": "score", "confidence": "score", "weights": "model",
    "imgsz": "input-size", "vid-stride": "every", "tracker": "track",
]

/// What they call options that there are not here, and what is done instead.
private let foreignAdvice = [
    "source": "inputs are named without an option: deepvid infer street.mp4",
    "skip": "--every 3 looks at every third frame, and --start 0:10 begins ten seconds in",
    "skip-frames": "--every 3 looks at every third frame",
    "quiet-hours": "notices at certain times of day only: --notify-from 22:00 --notify-to 06:00",
    "device": "deepvid runs on CPUs; --threads says on how many",
    "half": "models run in the precision of CPUs; leave it out",
    "show": "'deepvid render' draws results into a video, and 'deepvid view' shows them in a browser",
    "save": "'deepvid render' draws results into a video",
    "save-txt": "'deepvid export RESULTS --to yolo' writes labels",
    "save-crop": "--snapshots keeps pictures of objects that are followed",
    "max-det": "the card says it (\"max_detections\")",
    "agnostic-nms": "of boxes of different classes none is suppressed; leave it out",
    "project": "-o says where results go", "name": "-o says where results go",
]

/// ` (did you mean 'infer'?)` or nothing.
/// - Parameter candidates: may be empty for an option, which has its dashes.
func didYouMean(_ word: String, among candidates: [String]) -> String {
    let dashes = word.prefix { $0 == "-" }
    let foreign = foreignNames[String(word.dropFirst(dashes.count).replacing("_", with: "-"))].map { dashes + $0 }.flatMap {
        candidates.isEmpty || !dashes.isEmpty || candidates.contains($0) ? $0 : nil
    }
    return (foreign ?? closest(to: word, among: candidates)).map { " (did you mean '\($0)'?)" } ?? ""
}

/// `text` as a POSIX shell word.
func quoted(_ text: String) -> String {
    let isPlain = text.wholeMatch(of: /[A-Za-z0-9_.@\/\-]+/) != nil
    return isPlain ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
}
