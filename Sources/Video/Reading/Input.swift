import FileNames
import FoundationEssentials
import Glibc

/// Where an input comes from; decides which protocols and demuxers it may use.
enum Input: Equatable {
    /// Bytes of one file, FIFO or device, read by this process through a descriptor. Without a path, standard input.
    case file(path: String?)
    /// `frame%04d.png` or a glob; FFmpeg's image2 demuxer opens the files.
    case imageSequence(pattern: String, glob: Bool)
    case network(scheme: String)
    /// A camera of this machine, `/dev/video0`.
    case device(path: String)

    /// The FFmpeg protocols that an input of each network scheme may use, itself included. None reaches local files.
    static let protocols: [String: String] = {
        let http = "http,https,httpproxy,tcp,tls,crypto"
        let rtsp = "rtsp,rtp,srtp,udp,tcp,tls,http,https,httpproxy"
        let rtmp = "rtmp,rtmps,rtmpe,rtmpt,rtmpte,rtmpts,ffrtmphttp,ffrtmpcrypt,http,https,tcp,tls"
        return [
            "http": http, "https": http, "rtsp": rtsp, "rtsps": rtsp,
            "rtmp": rtmp, "rtmps": rtmp, "rtmpe": rtmp, "rtmpt": rtmp, "rtmpte": rtmp, "rtmpts": rtmp,
            "udp": "udp", "rtp": "rtp,udp", "srtp": "srtp,rtp,udp", "tcp": "tcp", "tls": "tls,tcp", "srt": "srt",
        ]
    }()

    /// Sorts an input given on the command line.
    ///
    /// A path that exists is always that file, whatever characters it has; FFmpeg's own prefixes (`concat:`,
    /// `subfile:`, `lavfi:`…) have no meaning here.
    init(_ input: String) throws(VideoError) {
        if input == "-" {
            self = .file(path: nil)
            return
        }
        if input.isEmpty {
            throw VideoError(.invalidOptions, "the input's name is empty; give a file, a URL, or - for standard input")
        }
        if input.utf8.contains(0) {
            throw VideoError(.invalidOptions, "the input's name has a NUL character")
        }
        if Self.isDevice(input) {
            self = .device(path: input)
        } else if access(input.fileName, F_OK) == 0 {
            self = .file(path: input)
        } else if let scheme = Self.scheme(of: input), scheme != "file" {
            let name = Redaction(input)
            guard Self.protocols[scheme] != nil else {
                let known = Self.protocols.keys.sorted().joined(separator: ", ")
                throw VideoError(.refused, "the scheme '\(scheme)' is not allowed; use a path, file, or one of \(known)", url: name.text)
            }
            // FFmpeg would look up a host named after the user.
            if name.unencoded == "#" { throw VideoError(.invalidOptions, Self.encodingHint("#"), url: name.text) }
            self = .network(scheme: scheme)
        } else {
            self = try .init(localPath: Self.scheme(of: input) == nil ? input : Self.path(ofFileURL: input))
        }
    }

    private static func isDevice(_ path: String) -> Bool { path.wholeMatch(of: /\/dev\/(video[0-9]+|v4l\/.+)/) != nil }

    /// What to do about `character` in a password.
    static func encodingHint(_ character: Character) -> String {
        "a \(character) in the password ends the URL's host; \(InputName.encodingAdvice(character))"
    }

    /// Schemes that cameras use; the others serve recordings as well.
    private static let cameraSchemes: Set<String> = [
        "rtsp", "rtsps", "rtmp", "rtmps", "rtmpe", "rtmpt", "rtmpte", "rtmpts", "udp", "rtp", "srtp", "srt",
    ]

    /// Whether `input` names a camera: a device, or a URL of a protocol for live pictures.
    static func isCamera(_ input: String) -> Bool { isDevice(input) || scheme(of: input).map(cameraSchemes.contains) == true }

    private init(localPath path: String) throws(VideoError) {
        if access(path.fileName, F_OK) == 0 {
            self = .file(path: path)
        } else if path.firstMatch(of: /%0?[0-9]*d/) != nil {
            self = .imageSequence(pattern: path, glob: false)
        } else if path.contains(where: { "*?[".contains($0) }) {
            self = .imageSequence(pattern: path, glob: true)
        } else {
            throw VideoError(.notFound, "no such file; check the path", url: Redaction(path).text)
        }
    }

    /// `scheme` of `scheme://…` in lower case.
    private static func scheme(of input: String) -> String? {
        guard let match = input.prefixMatch(of: /([A-Za-z][A-Za-z0-9+.\-]*):\/\//) else { return nil }
        return match.1.lowercased()
    }

    private static func path(ofFileURL input: String) -> String {
        let rest = input.dropFirst("file://".count)
        // file://host/path has no use here; only an empty host or localhost is local.
        let path = rest.hasPrefix("localhost/") ? rest.dropFirst("localhost".count) : rest
        return percentDecoded(path)
    }
}

/// Whether any file fits a shell pattern.
func matches(glob pattern: String) -> Bool {
    var found = glob_t()
    defer { globfree(&found) }
    return glob(pattern.fileName, GLOB_NOSORT, nil, &found) == 0 && found.gl_pathc > 0
}

/// The lowest number among the files that `pattern` (`dir/frame%04d.png`) stands for; `nil` when there is none.
///
/// FFmpeg alone looks only for numbers 0 to 4, and calls a sequence from 100 on missing.
func firstNumber(ofSequence pattern: String) -> Int? {
    let name = pattern.lastIndex(of: "/").map { pattern[pattern.index(after: $0)...] } ?? pattern[...]
    guard let hole = name.firstMatch(of: /%0?[0-9]*d/) else { return nil }
    let (head, tail) = (name[..<hole.range.lowerBound], name[hole.range.upperBound...])
    let folder = String(pattern[..<name.startIndex])
    return (namesInFolder(folder.isEmpty ? "." : folder) ?? []).compactMap { candidate -> Int? in
        guard candidate.count > head.count + tail.count, candidate.hasPrefix(head), candidate.hasSuffix(tail) else { return nil }
        let digits = candidate.dropFirst(head.count).dropLast(tail.count)
        return digits.allSatisfy(\.isASCII) ? Int(digits) : nil
    }.min()
}
