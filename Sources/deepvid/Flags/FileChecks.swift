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

/// Refuses an output that is a folder, cannot be made, or would take the place of an input.
func checkOutputFile(_ output: String, inputs: [String]) throws(CLIError) {
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
}

/// Refuses to take the place of a file that is neither empty nor, as it begins, one of records.
func checkHoldsRecords(_ output: String) throws(CLIError) {
    guard let start = firstBytes(of: output, 64) else { return }
    let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    guard start.isEmpty || start.starts(with: zstd) || start.starts(with: #"{"type":""#.utf8) else {
        throw .unusable(
            "\(output): is there already, and is no file of records of deepvid: name another file for --output, or delete this one")
    }
}

/// Refuses to take the place of a file that is not a page, such as a clip: `-o v.mp4` is easily written for `-o v.html`.
func checkHoldsPage(_ output: String) throws(CLIError) {
    guard let start = firstBytes(of: output, 256) else { return }
    let text = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    guard text.hasPrefix("<!doctype html") || text.hasPrefix("<html") else {
        throw .unusable("\(output): is there and is not an HTML page; name another file, or remove it first")
    }
}

/// How a file begins: nil where there is none, an empty one or something else than a file; no bytes where it cannot be read.
private func firstBytes(of path: String, _ count: Int) -> [UInt8]? {
    var status = stat()
    guard stat(path.fileName, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return nil }
    let descriptor = open(path.fileName, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let length = max(0, read(descriptor, &bytes, count))
    return Array(bytes.prefix(length))
}
