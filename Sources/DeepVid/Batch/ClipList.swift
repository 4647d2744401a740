import Models
import Glibc

/// Finds the inputs of a batch: files, the videos in folders, patterns, lists.
public struct ClipList {
    public private(set) var clips: [BatchClip] = []
    private var names: Set<String> = []
    private var sources: [String: String] = [:]
    private let isCompressed: Bool

    /// What counts as a video in a folder. A file that is named may have any extension, for contents decide.
    static let extensions: Set<String> = [
        "3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "gif", "h264", "h265", "hevc", "264", "265", "m1v", "m2ts", "m2v", "m4v",
        "mjpeg", "mjpg", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "nut", "ogm", "ogv", "qt", "rm", "rmvb", "ts", "vob", "webm",
        "wmv", "y4m", "ivf", "av1",
    ]

    /// In the order given, folders sorted by name; each file once.
    ///
    /// - Throws: `DeepVidError` for what is not there, before anything is read.
    public init(_ inputs: [String], isCompressed: Bool) throws(DeepVidError) {
        self.isCompressed = isCompressed
        for input in inputs {
            if input.hasPrefix("@") { try addList(String(input.dropFirst())) } else { try add(input, "") }
        }
    }

    private static func invalid(_ message: String) -> DeepVidError { DeepVidError(.invalidOptions, message) }

    /// - Parameter place: where a list names the input, for messages.
    private mutating func add(_ input: String, _ place: String) throws(DeepVidError) {
        if input.isEmpty { throw Self.invalid("\(place)an input's name is empty; give files, folders, patterns or @list.txt") }
        if input == "-" || input.contains("://") {
            throw Self.invalid(
                "\(place)\(displayName(of: input)): batch takes files only; use 'deepvid infer' for streams and standard input")
        }
        var status = stat()
        guard stat(input, &status) == 0 else {
            guard errno == ENOENT, input.contains(where: { "*?[".contains($0) }) else {
                let reason = errno == ENOENT ? "no such file; check the path" : String(cString: strerror(errno))
                throw Self.invalid("\(place)\(displayName(of: input)): \(reason)")
            }
            let matches = Self.expand(input)
            if matches.isEmpty { throw Self.invalid("\(place)\(input): no file fits the pattern; check the folder") }
            for match in matches { try add(match, place) }
            return
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try append(input) }
        var files: [String] = []
        try Self.search(input, into: &files, place)
        for file in files { try append(file) }
        if files.isEmpty { throw Self.invalid("\(place)\(input): has no video files, in its subfolders neither") }
    }

    private mutating func append(_ path: String) throws(DeepVidError) {
        let path = BatchClip.normalized(path), absolute = BatchClip.absolute(path)
        guard names.insert(absolute).inserted else { return }
        let clip = BatchClip(path: path, isCompressed: isCompressed)
        if let other = sources.updateValue(path, forKey: clip.output) {
            throw Self.invalid("\(other) and \(path) would have the same output, \(clip.output); name both in the same way")
        }
        if Manifest.isName(clip.output) { throw Self.invalid("\(path): its output would have the name of a manifest; rename it") }
        clips.append(clip)
    }

    /// One input a line; `#` begins a comment where a line begins, spaces around do not count.
    private mutating func addList(_ path: String) throws(DeepVidError) {
        guard let file = fopen(path, "re") else {
            throw Self.invalid("@\(path): the list cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var (capacity, number, isEmpty) = (0, 0, true)
        var failures: [DeepVidError] = []
        defer { free(line) }
        while true {
            errno = 0
            let length = getline(&line, &capacity, file)
            guard length >= 0 else { break }
            number += 1
            var text = String(decoding: UnsafeRawBufferPointer(start: line, count: length), as: UTF8.self)[...]
            while let last = text.last, last.isWhitespace { text.removeLast() }
            text = text.drop(while: \.isWhitespace)
            if text.isEmpty || text.hasPrefix("#") { continue }
            // Whoever mends the list wants to know of all.
            do throws(DeepVidError) { try add(String(text), "\(path), line \(number): ") } catch { failures.append(error) }
            isEmpty = false
        }
        if errno != 0 { throw Self.invalid("@\(path): the list cannot be read: \(String(cString: strerror(errno)))") }
        if !failures.isEmpty {
            let shown = failures.prefix(5).map(\.message).joined(separator: "; ")
            throw Self.invalid(shown + (failures.count > 5 ? "; and so on, \(failures.count) lines in all" : ""))
        }
        if isEmpty { throw Self.invalid("@\(path): the list names no input") }
    }

    /// Regular files with a video's extension, sorted; hidden ones and what links to folders are left out.
    private static func search(_ folder: String, into files: inout [String], _ place: String) throws(DeepVidError) {
        guard let handle = opendir(folder) else {
            throw invalid("\(place)\(folder): the folder cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(handle) }
        var entries: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { entries.append(name) }
        }
        for name in entries.sorted() {
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            var status = stat(), link = stat()
            guard stat(path, &status) == 0, lstat(path, &link) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR where link.st_mode & S_IFMT != S_IFLNK: try search(path, into: &files, place)
            case S_IFREG:
                let parts = name.split(separator: ".")
                if parts.count > 1, extensions.contains(parts.last!.lowercased()) { files.append(path) }
            default: continue
            }
        }
    }

    private static func expand(_ pattern: String) -> [String] {
        var matches = glob_t()
        defer { globfree(&matches) }
        guard glob(pattern, 0, nil, &matches) == 0 else { return [] }
        return (0..<Int(matches.gl_pathc)).compactMap { matches.gl_pathv[$0].map { String(cString: $0) } }
    }
}
