import Batch
import DeepVid
import Exports
import FileNames
import Glibc
import Results
import Video

// What can be told of files before anything slow begins, in words that say what to do.

/// Refuses what certainly is no video. URLs, patterns and - pass.
///
/// - Parameters:
///   - isVideo: false where a model may be named as well.
///   - command: what is to be done with it; for advice.
func checkInput(_ input: String, isVideo: Bool = true, for command: String? = nil) throws {
    if input.isEmpty { throw CLIError.unusable("an input's name is empty; give a file, a URL, or - for standard input") }
    guard input != "-", !input.contains("://") else { return }
    if input.contains(where: { "%*?[".contains($0) }), access(input.fileName, F_OK) != 0, errno == ENOENT { return }
    try checkFile(
        input, isVideo: isVideo,
        missing: input.hasPrefix("@") ? "lists of inputs are for 'batch': deepvid batch \(quoted(input)) -o results" : "check the path",
        folder: "name the files in it, such as \(quoted(input + (input.hasSuffix("/") ? "" : "/")))*.mp4"
            + (command == "infer" ? ", or run the model over all of them: deepvid batch \(quoted(input)) -o results" : ""),
        empty: "was the recording or copy cut off?")
}

/// Refuses a model where a video is wanted.
func checkIsNoModel(_ input: String) throws {
    guard input.lowercased().hasSuffix(".onnx"), !input.contains("://") else { return }
    throw CLIError.unusable("\(input): is a model, not a video: name a video, and give the model with --model \(quoted(input))")
}

/// How every record begins.
private let recordBeginning = Array(#"{"type":""#.utf8)

/// Refuses records of deepvid where a video, or the argument of a flag, is wanted.
/// - Parameter advice: what to do with them.
func checkIsNoRecords(_ input: String, as flag: String? = nil, advice: String) throws {
    guard input != "-", !input.contains("://"), let start = firstBytes(of: input, 16), start.starts(with: recordBeginning) else { return }
    let holds = "\(input): holds deepvid's records"
    throw CLIError.unusable(flag.map { "\($0): \(holds): \(advice)" } ?? "\(holds), not video: \(advice)")
}

/// Refuses what certainly is no file of records.
func checkResults(_ path: String) throws {
    if path.isEmpty { throw CLIError.unusable("the name of a results file is empty; give a file that 'deepvid infer' wrote") }
    guard path != "-" else { return }
    try checkFile(
        path, isVideo: false, missing: "'deepvid infer CLIP -o \(path)' makes one", folder: "name a file of records in it",
        empty: "expected what 'deepvid infer' writes")
    if let suffix = path.lowercased().split(separator: ".").last, ClipList.extensions.contains(String(suffix)) {
        throw CLIError.unusable(
            "\(path): is a video; results are a file of records that 'deepvid infer \(quoted(path)) -o seen.jsonl' writes")
    }
}

/// Refuses what is not there, a folder, an empty file and one that may not be read, each with advice.
private func checkFile(_ path: String, isVideo: Bool, missing: String, folder: String, empty: String) throws {
    guard let status = fileStatus(path) else {
        let isMissing = errno == ENOENT, reason = systemError
        // A name without an ending may be a folder's.
        let file = path.split(separator: "/").last?.contains(".") == true ? "file" : "file or folder"
        throw CLIError.unusable("\(path): \(isMissing ? "no such \(file); \(missing)" : reason)")
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

/// Refuses a folder that cannot be made because a file is in its place, or in that of one of those around it.
func checkFolder(_ path: String, flag: String) throws {
    guard let known = nearest(path), fileStatus(known)?.isFolder == false else { return }
    throw CLIError.unusable("\(known): is not a folder; \(flag) needs one" + (known == path ? "" : " for \(path)"))
}

/// The path, or that of the nearest folder around it that is there; nil where none is.
private func nearest(_ path: String) -> String? {
    var path = path[...]
    while path.count > 1, path.last == "/" { path.removeLast() }
    while fileStatus(String(path)) == nil {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        path = slash == path.startIndex ? "/" : path[..<slash]
        if path == "/" { break }
    }
    return String(path)
}

/// Why a file could not be made in a folder, or the folder itself could not, as far as that can be told without making it; nil where
/// nothing is in the way.
func obstacle(to folder: String) -> String? {
    guard let known = nearest(folder), access(known.fileName, W_OK | X_OK) != 0 else { return nil }
    return "\(known): may not be written into by this user (\(systemError))"
}

/// Refuses a name that says another format: a page that is called v.mp4 is taken for the clip, and may be missed as a page.
///
/// - Parameters:
///   - own: suffixes that are the format's, though another format has them, too.
///   - advice: what the format is, and how its name should end.
func checkSuffix(_ output: String, own: Set<String>, _ advice: String) throws {
    guard let name = output.split(separator: "/").last?.lowercased(), let dot = name.lastIndex(of: ".") else { return }
    let suffix = String(name[name.index(after: dot)...])
    let kinds: [(Set<String>, String)] = [
        (ClipList.extensions, "a video"), (["html", "htm", "xhtml"], "a page"), (["png", "jpg", "jpeg", "webp"], "a picture"),
        (["onnx"], "a model"), (["jsonl", "zst", "part"], "records"), (["csv"], "a table"), (["pdf", "doc", "docx", "odt"], "a document"),
        (packedSuffixes, "a packed file"), (["parquet", "feather", "arrow", "xlsx", "ods"], "a table of another kind"),
    ]
    guard !own.contains(suffix), let kind = kinds.first(where: { $0.0.contains(suffix) }) else { return }
    throw CLIError.unusable("\(output): is the name of \(kind.1), and \(advice)")
}

/// Of what packers make, besides zstd's, which `infer` writes itself.
private let packedSuffixes: Set = ["gz", "tgz", "bz2", "xz", "lzma", "lz4", "zip", "7z", "br"]

/// Refuses a name for records that says another format.
func checkRecordsSuffix(_ output: String) throws {
    let suffix = output.lowercased().split(separator: "/").last?.split(separator: ".").last.map(String.init) ?? ""
    if packedSuffixes.contains(suffix) {
        throw CLIError.unusable("\(output): .\(suffix) is not written: let it end in .jsonl, or in .jsonl.zst to be packed by zstd")
    }
    if ["parquet", "feather", "arrow", "xlsx", "ods"].contains(suffix) {
        throw CLIError.unusable(
            "\(output): 'infer' writes records as JSON: let it end in .jsonl; 'deepvid export RESULTS -o table.csv' makes a table of them, which "
                + "pandas and DuckDB turn into other ones")
    }
    try checkSuffix(
        output, own: ["jsonl", "zst"],
        "'infer' writes records: let it end in .jsonl ('render' draws them into a video, 'report' makes a page, 'export' a table)")
}

/// Refuses to take the place of a file that is neither empty nor, as it begins, one of records.
func checkHoldsRecords(_ output: String) throws {
    guard let start = firstBytes(of: output, 64) else { return }
    let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    guard start.isEmpty || start.starts(with: zstd) || start.starts(with: recordBeginning) else {
        throw CLIError.unusable(
            "\(output): is there already, and is no file of records of deepvid: name another file for --output, or delete this one")
    }
}

/// Says that results of another input than these are replaced: there is nothing wrong with that, but they may be missed.
func warnOfReplaced(_ output: String, inputs: [String]) {
    guard fileStatus(output)?.isRegular == true, let reader = try? RecordReader(path: output), case .begin(let begin)? = try? reader.next()
    else { return }
    let source = fileStatus(begin.source)
    let isSame = inputs.contains { input in
        displayName(of: input) == begin.source || source.map { fileStatus(input)?.isSame(as: $0) == true } ?? false
    }
    if !isSame { Console.warning("\(output): the records of \(begin.source) that were in it are replaced") }
}

/// Refuses to take the place of a file that is not a video that `render` drew: a recording cannot be made again.
func checkHoldsDrawing(_ output: String) throws {
    guard firstBytes(of: output, 1) != nil, (try? VideoReader(output).info.isDrawn) != true else { return }
    throw CLIError.unusable(
        "\(output): is there already, and is no video that 'render' drew: name another file for --output, or delete this one")
}

/// Refuses to take the place of a file that is not, as it begins, a semantic memory.
func checkHoldsMemory(_ output: String, flag: String) throws {
    guard let start = firstBytes(of: output, 8), start != Array("DVMEMORY".utf8) else { return }
    throw CLIError.unusable("\(output): is there already, and is no memory: name another file for \(flag), or delete this one")
}

/// Refuses the folder that an input's own pictures are in: they may have the names of those that are written.
func checkFolder(_ folder: String, holdsNoPicturesOf input: String) throws {
    func status(_ path: String) -> stat? { fileStatus(path).flatMap { $0.isFolder ? $0 : nil } }
    let source = status(input) ?? (input.lowercased().hasSuffix(".png") ? status(parent(of: input)) : nil)
    if let source, status(folder)?.isSame(as: source) == true {
        throw CLIError.unusable("\(folder): has the pictures of the input, which could be overwritten; name another folder")
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

/// Refuses a plot that is no SVG by its name, cannot be made, or would take the place of another file than an SVG.
func checkPlot(_ path: String, inputs: [String]) throws {
    try checkOutputFile(path, inputs: inputs)
    guard path.lowercased().hasSuffix(".svg") else { throw CLIError.unusable("\(path): --plot draws an SVG: let its name end in .svg") }
    guard let start = firstBytes(of: path, 4), start != Array("<svg".utf8) else { return }
    throw CLIError.unusable("\(path): is there already, and is no plot of deepvid: name another file for --plot, or delete this one")
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
