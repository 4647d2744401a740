import Glibc
import CacheNet
import DeepVid
import Video

/// What `infer` will do, checked: nothing in here can turn out contradictory later.
struct InferConfiguration {
    let inputs: [String]
    private(set) var options: InferenceOptions
    /// Nil for a single model.
    let routing: RouteOptions?
    /// Nil is standard output.
    let output: String?
    /// Seconds of an output file; nil is one file.
    let segment: Double?
    /// What is done when a live input breaks off; nil unless the run is live.
    let reconnection: Reconnection?
    let showsProgress: Bool
    let isQuiet: Bool
    let isVerbose: Bool

    /// - Throws: `Complaint` with status 2 for an input or output that cannot work, before anything slow starts.
    init(_ command: Infer) throws(Complaint) {
        inputs = command.inputs
        var model = command.model.options
        command.results.apply(to: &model)
        var video = command.frames.options
        command.live.apply(to: &video)
        options = InferenceOptions(
            model: model, video: video, threads: command.threads ?? InferenceOptions.availableCPUs,
            cache: command.reuse.options, memory: command.memory.options(target: command.reuse.targetAgreement))
        options.recording = try command.tracking.options()
        output = command.output.output == "-" ? nil : command.output.output
        segment = command.segments.segment?.seconds
        reconnection = command.live.isLive(inputs) ? command.live.reconnect?.value ?? .forever : nil
        let console = command.output.console
        (isQuiet, isVerbose) = (console.quiet, console.verbose)
        if reconnection != nil, options.memory?.saveTo != nil {
            throw .unusable("--memory-save is not for live input, where each input learns for itself: leave it out")
        }
        showsProgress = console.showsProgress(besideOutput: output == nil && isatty(STDOUT_FILENO) == 1)
        for input in inputs { try checkInput(input) }
        routing = try command.edge.options(command.bundle) ?? command.bundle.options
        if let output, segment == nil { try checkOutputFile(output, inputs: inputs) }
    }
}

/// Refuses what certainly is no video, in words that say what to do. URLs, patterns and - pass.
func checkInput(_ input: String) throws(Complaint) {
    if input.isEmpty { throw .unusable("an input's name is empty; give a file, a URL, or - for standard input") }
    guard input != "-", !input.contains("://") else { return }
    var status = stat()
    guard stat(input, &status) == 0 else {
        let number = errno
        if number == ENOENT, input.contains(where: { "%*?[".contains($0) }) { return }
        throw .unusable("\(InputName(input).redacted): \(number == ENOENT ? "no such file; check the path" : String(cString: strerror(number)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
        throw .unusable("\(input): is a directory; name the files in it, such as \(quoted(input + (input.hasSuffix("/") ? "" : "/")))*.mp4")
    case S_IFREG where status.st_size == 0:
        throw .unusable("\(input): the file is empty; was the recording or copy cut off?")
    default: break
    }
    if access(input, R_OK) != 0 { throw .unusable("\(input): \(String(cString: strerror(errno))); check the file's owner and mode") }
}
