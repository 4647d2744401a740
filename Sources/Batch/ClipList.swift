import DeepVid
import FileNames
import Glibc
import Models

/// Finds the inputs of a batch: files, the videos in folders, patterns, lists.
public struct ClipList {
    public private(set) var clips: [BatchClip] = []
    /// What is named, or lies in a folder, and cannot be used: a message each. The other inputs are not kept from being done.
    public private(set) var problems: [String] = []
    /// Files in folders whose names are of no video: how many, the first ones, and the first of each extension.
    public private(set) var passedOver: (count: Int, names: [String], byExtension: [String: String]) = (0, [], [:])
    /// Names are told apart by their bytes: to `String`, two spellings of one letter are the same.
    private var known: Set<[UInt8]> = []
    private var sources: [[UInt8]: String] = [:]
    private let isCompressed: Bool
    private let isFollowing: Bool

    /// What counts as a video in a folder. A file that is named may have any extension, for contents decide.
    public static let extensions: Set<String> = [
        "3g2", "3gp", "asf", "avi", "dav", "divx", "dv", "f4v", "flv", "gif", "h264", "h265", "hevc", "264", "265", "m1v", "m2ts", "m2v",
        "m4v", "mjpeg", "mjpg", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "nut", "ogm", "ogv", "qt", "rm", "rmvb", "ts", "vob",
        "webm", "wmv", "y4m", "ivf", "av1",
    ]

    /// In the order given, folders sorted by name; each file once.
    ///
    /// - Parameter isFollowing: whether folders may still be empty.
    /// - Throws: `DeepVidError` when there is no clip to run, or when two would have the same output; before anything is read.
    public init(_ inputs: [String], isCompressed: Bool, isFollowing: Bool = false) throws(DeepVidError) {
        (self.isCompressed, self.isFollowing) = (isCompressed, isFollowing)
        for input in inputs {
            if input.hasPrefix("@") { try addList(String(input.dropFirst())) } else { try add(input, "") }
        }
        guard clips.isEmpty, !isFollowing || !problems.isEmpty else { return }
        let shown = problems.prefix(5).joined(separator: "; ")
        throw Self.invalid(shown + (problems.count > 5 ? "; and so on, \(problems.count) in all" : ""))
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
        guard stat(input.fileName, &status) == 0 else {
            guard errno == ENOENT, input.contains(where: { "*?[".contains($0) }) else {
                let reason = errno == ENOENT ? "no such file or folder; check the path" : String(cString: strerror(errno))
                return problems.append("\(place)\(displayName(of: input)): \(reason)")
            }
            // Beside recordings there are those that are being written, and pictures of them.
            let matches = Self.expand(input).filter { !isFollowing || Self.isVideo($0) || Self.isFolder($0) }
            if matches.isEmpty, !isFollowing || !Self.isFolder(Self.beginning(of: input)) {
                problems.append("\(place)\(input): no file fits the pattern; check the folder")
            }
            for match in matches { try add(match, place) }
            return
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try append(input) }
        var files: [String] = []
        let before = problems.count
        search(input, into: &files)
        for file in files { try append(file) }
        if files.isEmpty, problems.count == before, !isFollowing {
            problems.append("\(place)\(input): has no video files, in its subfolders neither")
        }
    }

    private mutating func append(_ path: String) throws(DeepVidError) {
        let path = BatchClip.normalized(path)
        guard known.insert(Array(BatchClip.absolute(path).utf8)).inserted else { return }
        let clip = BatchClip(path: path, isCompressed: isCompressed)
        if let other = sources.updateValue(path, forKey: Array(clip.output.utf8)) {
            throw Self.invalid("\(other) and \(path) would have the same output, \(clip.output); name both in the same way")
        }
        if Manifest.isName(clip.output) { throw Self.invalid("\(path): its output would have the name of a manifest; rename it") }
        clips.append(clip)
    }

    /// One input a line; `#` begins a comment where a line begins, spaces around do not count.
    private mutating func addList(_ path: String) throws(DeepVidError) {
        guard let bytes = readFile(path) else {
            return problems.append("@\(path): the list cannot be read: \(String(cString: strerror(errno)))")
        }
        var isEmpty = true
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let spaces = Array(" \t\r\u{B}\u{C}".utf8)
            let text = line.drop(while: spaces.contains)
            guard let last = text.lastIndex(where: { !spaces.contains($0) }), text.first != UInt8(ascii: "#") else { continue }
            try add(String(fileName: text[...last]), "\(path), line \(index + 1): ")
            isEmpty = false
        }
        if isEmpty { problems.append("@\(path): the list names no input") }
    }

    /// Regular files with a video's extension, sorted; hidden ones and what links to folders are left out.
    private mutating func search(_ folder: String, into files: inout [String]) {
        guard let names = namesInFolder(folder) else {
            return problems.append("\(folder): the folder cannot be read: \(String(cString: strerror(errno)))")
        }
        for name in names where name.utf8.first != UInt8(ascii: ".") {
            let path = folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
            let suffix = Self.suffix(name), isVideo = Self.extensions.contains(suffix)
            var status = stat(), link = stat()
            guard stat(path.fileName, &status) == 0, lstat(path.fileName, &link) == 0 else {
                // A link to nowhere matters if it should be a video; what cannot be looked at, always.
                if isVideo || errno != ENOENT { problems.append("\(path): \(String(cString: strerror(errno)))") }
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR where link.st_mode & S_IFMT != S_IFLNK: search(path, into: &files)
            case S_IFREG where isVideo: files.append(path)
            case S_IFREG where !Self.isResult(name):
                passedOver.count += 1
                if passedOver.names.count < 3 { passedOver.names.append(path) }
                if passedOver.byExtension[suffix] == nil { passedOver.byExtension[suffix] = path }
            default: continue
            }
        }
    }

    private static func suffix(_ name: String) -> String {
        let parts = name.utf8.split(separator: UInt8(ascii: "."))
        return parts.count > 1 ? String(decoding: parts.last!, as: UTF8.self).lowercased() : ""
    }

    private static func isVideo(_ path: String) -> Bool { extensions.contains(suffix(path)) }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path.fileName, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The folder that a pattern is looked for in: that of its first part with a sign of patterns.
    private static func beginning(of pattern: String) -> String {
        let plain = pattern.prefix { !"*?[".contains($0) }
        guard let slash = plain.lastIndex(of: "/") else { return "." }
        return slash == plain.startIndex ? "/" : String(plain[..<slash])
    }

    /// What a batch writes, whose folder may be among the inputs.
    private static func isResult(_ name: String) -> Bool {
        [".jsonl", ".jsonl.zst", ".part", ".checkpoint"].contains { name.hasSuffix($0) }
    }

    private static func expand(_ pattern: String) -> [String] {
        var matches = glob_t()
        defer { globfree(&matches) }
        guard glob(pattern.fileName, 0, nil, &matches) == 0 else { return [] }
        return (0..<Int(matches.gl_pathc)).compactMap { matches.gl_pathv[$0].map { String(fileName: $0) } }
    }
}
