import FileNames
import Glibc

// What can be told of files before anything slow begins, in words that say what to do.

/// Refuses what certainly is no video. URLs, patterns and - pass.
///
/// - Parameter isVideo: false where a model may be named as well.
func checkInput(_ input: String, isVideo: Bool = true) throws(CLIError) {
    if input.isEmpty { throw .unusable("an input's name is empty; give a file, a URL, or - for standard input") }
    guard input != "-", !input.contains("://") else { return }
    var status = stat()
    guard stat(input.fileName, &status) == 0 else {
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
    if isVideo { try checkIsNoModel(input) }
    if access(input.fileName, R_OK) != 0 {
        throw .unusable("\(input): \(String(cString: strerror(errno))); check the file's owner and mode")
    }
}

/// Refuses a model where a video is wanted.
func checkIsNoModel(_ input: String) throws(CLIError) {
    guard input.lowercased().hasSuffix(".onnx"), !input.contains("://") else { return }
    throw .unusable("\(input): is a model, not a video: name a video, and give the model with --model \(quoted(input))")
}

/// Refuses what certainly is no file of records.
func checkResults(_ path: String) throws(CLIError) {
    guard path != "-" else { return }
    if path.isEmpty { throw .unusable("the name of a results file is empty; give a file that 'deepvid infer' wrote") }
    var status = stat()
    guard stat(path.fileName, &status) == 0 else {
        throw .unusable(
            "\(path): \(errno == ENOENT ? "no such file; 'deepvid infer CLIP -o \(path)' makes one" : String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .unusable("\(path): is a directory; name a file of records in it")
    case S_IFREG where status.st_size == 0: throw .unusable("\(path): the file is empty; expected what 'deepvid infer' writes")
    default: break
    }
    if access(path.fileName, R_OK) != 0 {
        throw .unusable("\(path): \(String(cString: strerror(errno))); check the file's owner and mode")
    }
}

/// What a command writes, and so may replace without being asked.
enum OutputContents {
    case records, page

    /// Whether a file that begins like this is one of these. An empty one is none of anybody's.
    func includes(_ bytes: [UInt8]) -> Bool {
        let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
        return switch self {
        case .records: bytes.isEmpty || bytes.starts(with: zstd) || bytes.starts(with: Array(#"{"type":""#.utf8))
        case .page: bytes.isEmpty || String(decoding: bytes, as: UTF8.self).lowercased().hasPrefix("<!doctype html")
        }
    }
}

/// Refuses an output that is a folder, cannot be made, or would take the place of an input or of something that no command of
/// this kind has written.
///
/// - Parameter contents: what is written; nil where a file of any contents may be replaced.
func checkOutputFile(_ output: String, inputs: [String], contents: OutputContents? = nil) throws(CLIError) {
    var target = stat()
    guard stat(output.fileName, &target) == 0 else {
        let folder = output.lastIndex(of: "/").map { String(output[...$0]) } ?? "."
        guard stat(folder.fileName, &target) == 0, target.st_mode & S_IFMT == S_IFDIR else {
            throw .unusable("\(output): cannot be written: there is no folder \(folder); make it, or name another file")
        }
        return
    }
    if target.st_mode & S_IFMT == S_IFDIR { throw .unusable("\(output): is a directory; --output needs a file name") }
    for input in inputs {
        var status = stat()
        if stat(input.fileName, &status) == 0, status.st_ino == target.st_ino, status.st_dev == target.st_dev {
            throw .unusable("\(output) is also an input; --output would overwrite it")
        }
    }
    guard let contents, target.st_mode & S_IFMT == S_IFREG else { return }
    let descriptor = open(output.fileName, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    if !contents.includes(Array(bytes.prefix(max(0, count)))) {
        let kind = contents == .records ? "file of records" : "page"
        throw .unusable("\(output): is there already, and is no \(kind) of deepvid: name another file for --output, or delete this one")
    }
}
