import Glibc
import Pipeline
import Video

/// What `infer` will do, checked: nothing in here can turn out contradictory later.
struct InferConfiguration {
    let inputs: [String]
    let options: InferenceOptions
    /// Nil is standard output.
    let output: String?
    let showsProgress: Bool
    let isQuiet: Bool
    let isVerbose: Bool

    /// - Throws: `Complaint` with status 2 for an input or output that cannot work, before anything slow starts.
    init(_ command: Infer) throws(Complaint) {
        inputs = command.inputs
        var model = command.model.options
        command.results.apply(to: &model)
        options = InferenceOptions(
            model: model, video: command.frames.options, threads: command.threads ?? InferenceOptions.availableCPUs,
            cache: command.reuse.options, memory: command.memory.options(target: command.reuse.targetAgreement))
        output = command.output.output == "-" ? nil : command.output.output
        let console = command.output.console
        (isQuiet, isVerbose) = (console.quiet, console.verbose)
        showsProgress = console.showsProgress(besideOutput: output == nil && isatty(STDOUT_FILENO) == 1)
        for input in inputs { try checkInput(input) }
        if let output { try checkOutput(output, inputs: inputs) }
    }
}

/// Refuses what certainly is no video, in words that say what to do. URLs, patterns and - pass.
func checkInput(_ input: String) throws(Complaint) {
    if input.isEmpty { throw .unusable("an input's name is empty; give a file, a URL, or - for standard input") }
    guard input != "-", !input.contains("://") else { return }
    var status = stat()
    guard stat(input, &status) == 0 else {
        if errno == ENOENT, input.contains(where: { "%*?[".contains($0) }) { return }
        throw .unusable("\(input): \(errno == ENOENT ? "no such file; check the path" : String(cString: strerror(errno)))")
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

/// Refuses an output that would overwrite an input.
private func checkOutput(_ output: String, inputs: [String]) throws(Complaint) {
    var target = stat()
    guard stat(output, &target) == 0 else { return }
    if target.st_mode & S_IFMT == S_IFDIR { throw .unusable("\(output): is a directory; --output needs a file name") }
    for input in inputs {
        var status = stat()
        if stat(input, &status) == 0, status.st_ino == target.st_ino, status.st_dev == target.st_dev {
            throw .unusable("\(output) is also an input; --output would overwrite it")
        }
    }
}
