import Exports
import FileNames
import Glibc

// What can be told of files before anything slow begins, in words that say what to do.

/// Refuses what certainly is no video. URLs, patterns and - pass.
///
/// - Parameter isVideo: false where a model may be named as well.
func checkInput(_ input: String, isVideo: Bool = true) throws {
    if input.isEmpty { throw CLIError.unusable("an input's name is empty; give a file, a URL, or - for standard input") }
    guard input != "-", !input.contains("://") else { return }
    if input.contains(where: { "%*?[".contains($0) }), access(input.fileName, F_OK) != 0, errno == ENOENT { return }
    try checkFile(
        input, isVideo: isVideo, missing: "check the path",
        folder: "name the files in it, such as \(quoted(input + (input.hasSuffix("/") ? "" : "/")))*.mp4",
        empty: "was the recording or copy cut off?")
}

/// Refuses a model where a video is wanted.
func checkIsNoModel(_ input: String) throws {
    guard input.lowercased().hasSuffix(".onnx"), !input.contains("://") else { return }
    throw CLIError.unusable("\(input): is a model, not a video: name a video, and give the model with --model \(quoted(input))")
}

/// Refuses what certainly is no file of records.
func checkResults(_ path: String) throws {
    if path.isEmpty { throw CLIError.unusable("the name of a results file is empty; give a file that 'deepvid infer' wrote") }
    guard path != "-" else { return }
    try checkFile(
        path, isVideo: false, missing: "'deepvid infer CLIP -o \(path)' makes one", folder: "name a file of records in it",
        empty: "expected what 'deepvid infer' writes")
}

/// Refuses what is not there, a folder, an empty file and one that may not be read, each with advice.
private func checkFile(_ path: String, isVideo: Bool, missing: String, folder: String, empty: String) throws {
    guard let status = fileStatus(path) else {
        throw CLIError.unusable("\(path): \(errno == ENOENT ? "no such file; \(missing)" : systemError)")
    }
    if status.isFolder { throw CLIError.unusable("\(path): is a directory; \(folder)") }
    if status.isRegular, status.st_size == 0 { throw CLIError.unusable("\(path): the file is empty; \(empty)") }
    if isVideo { try checkIsNoModel(path) }
    if access(path.fileName, R_OK) != 0 { throw CLIError.unusable("\(path): \(systemError); check the file's owner and mode") }
}

/// Refuses an output that is a folder, cannot be made, or would take the place of an input.
func checkOutputFile(_ output: String, inputs: [String]) throws {
    guard let target = fileStatus(output) else {
        let folder = parent(of: output)
        guard fileStatus(folder)?.isFolder == true else {
            throw CLIError.unusable("\(output): cannot be written: there is no folder \(folder); make it, or name another file")
        }
        return
    }
    if target.isFolder { throw CLIError.unusable("\(output): is a directory; --output needs a file name") }
    if inputs.contains(where: { fileStatus($0)?.isSame(as: target) == true }) {
        throw CLIError.unusable("\(output) is also an input; --output would overwrite it")
    }
}

/// Refuses to take the place of a file that is neither empty nor, as it begins, one of records.
func checkHoldsRecords(_ output: String) throws {
    guard let start = firstBytes(of: output, 64) else { return }
    let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    guard start.isEmpty || start.starts(with: zstd) || start.starts(with: #"{"type":""#.utf8) else {
        throw CLIError.unusable(
            "\(output): is there already, and is no file of records of deepvid: name another file for --output, or delete this one")
    }
}

/// Refuses to take the place of a file that is not a page, such as a clip: `-o v.mp4` is easily written for `-o v.html`.
func checkHoldsPage(_ output: String) throws {
    guard let start = firstBytes(of: output, 256) else { return }
    let text = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    guard text.hasPrefix("<!doctype html") || text.hasPrefix("<html") else {
        throw CLIError.unusable("\(output): is there and is not an HTML page; name another file, or remove it first")
    }
}

/// Refuses to take the place of a file that is not, as it begins, an export of the same format.
func checkHoldsExport(_ output: String, _ format: ExportFormat) throws {
    guard let start = firstBytes(of: output, 256), !format.isLikely(start) else { return }
    throw CLIError.unusable(
        "\(output): is there already, and is no export to \(format.rawValue): name another file for --output, or delete this one")
}

/// How a file begins: nil where there is none, an empty one or something else than a file; no bytes where it cannot be read.
private func firstBytes(of path: String, _ count: Int) -> [UInt8]? {
    guard let status = fileStatus(path), status.isRegular, status.st_size > 0 else { return nil }
    let descriptor = open(path.fileName, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let length = max(0, read(descriptor, &bytes, count))
    return Array(bytes.prefix(length))
}

/// What stat(2) says of a file; nil with `errno`.
func fileStatus(_ path: String) -> stat? {
    var status = stat()
    return stat(path.fileName, &status) == 0 ? status : nil
}

extension stat {
    var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
    var isRegular: Bool { st_mode & S_IFMT == S_IFREG }
    func isSame(as other: stat) -> Bool { (st_dev, st_ino) == (other.st_dev, other.st_ino) }
}

/// The folder that a file is in.
func parent(of path: String) -> String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "." }

/// What `errno` stands for.
var systemError: String { String(cString: strerror(errno)) }
