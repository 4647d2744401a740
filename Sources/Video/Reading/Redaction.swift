import FileNames
import FoundationEssentials
import Glibc

/// What an input's name tells before it is opened.
public struct InputName: Sendable {
    private let input: String

    public init(_ input: String) { self.input = input }

    /// Whether it is a camera: a device of this machine, or a URL of a protocol for live pictures (RTSP, RTMP, UDP, RTP, SRT).
    public var isCamera: Bool { Input.isCamera(input) }

    /// Whether it can be opened again after a break: a URL or a device, and not a file or pipe.
    public var canReconnect: Bool {
        switch try? Input(input) {
        case .network, .device: true
        case .file, .imageSequence: false
        // A camera that is not plugged in yet.
        case nil: isCamera
        }
    }

    /// Whether it is a file that can be read again, and is then the same: no pipe, device, sequence or URL.
    public var isRegularFile: Bool {
        guard case .file(let path?) = try? Input(input) else { return false }
        var status = stat()
        return stat(path.fileName, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// A character of the password that has to be written in another way, and is not; nil without one.
    public var unencodedInPassword: Character? { Redaction(input).firstUnencoded }

    /// How to write a character in a password, for messages.
    public static func encodingAdvice(_ character: Character) -> String {
        let code = character.asciiValue.map { String($0, radix: 16, uppercase: true) } ?? ""
        return "write it as %\(code) (percent-encoding: / is %2F, ? is %3F, # is %23, @ is %40, % is %25)"
    }

    /// The name for output, records and messages: as given, with `***` for every secret of a URL.
    public var redacted: String { Redaction(input).text }
}

/// An input's name without its secrets, and the means to take them out of what others say about the input.
///
/// Secrets are the password before a host's `@`, and values of parameters whose name suggests it (`password=`, `pwd=`, `token=` …),
/// in a query or in the path, where cheap recorders have them. What may be one is taken for one.
struct Redaction: Sendable {
    let text: String
    /// A `/`, `?` or `#` within the password. RFC 3986 ends the host there, and so does FFmpeg: it must be written as `%2F`, `%3F`, `%23`.
    private(set) var unencoded: Character?
    /// That, or an `@`, which FFmpeg understands and others do not.
    private(set) var firstUnencoded: Character?
    private let input: String
    private var secrets: [String] = []

    init(_ input: String) {
        self.input = input
        // A name without a scheme is a path; but people forget schemes, and then the error shows what they wrote.
        let scheme = input.prefixMatch(of: /[A-Za-z][A-Za-z0-9+.\-]*:\/\/?/)?.0
        if scheme?.lowercased() == "file://" || !(scheme ?? "").hasSuffix("//") && FileManager.default.fileExists(atPath: input) {
            text = input
            return
        }
        var shown = String(scheme ?? "")
        var rest = input.dropFirst(shown.count)
        if let at = Self.endOfUserInfo(rest) {
            let user = rest[..<at]
            rest = rest[at...]
            if let colon = user.firstMatch(of: Self.colon) {
                let password = user[colon.range.upperBound...]
                secrets.append(String(password))
                unencoded = password.first { "/?#".contains($0) }
                firstUnencoded = unencoded ?? (password.contains("@") ? "@" : nil)
                shown += user[..<colon.range.upperBound] + "***"
            } else {
                shown += user
            }
        }
        var found: [String] = []
        text =
            shown
            + rest.replacing(Self.parameter) { match in
                found.append(String(match.2))
                return "\(match.1)***"
            }
        secrets += found
    }

    /// `line`, something that was said of this input, without its secrets and those of other URLs in it.
    func apply(to line: String) -> String {
        var line = line.replacing(input, with: text).replacing(/[A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\s'"]+/) { Redaction(String($0.0)).text }
        // FFmpeg shows a URL's parts as it understood them, and decoded.
        let parts = secrets.flatMap { secret in
            let plain = percentDecoded(secret[...])
            return [secret, plain] + plain.split { "/?#@:".contains($0) }.map(String.init).filter { $0.count >= 3 }
        }
        for part in parts where !part.isEmpty {
            for range in line.ranges(of: part).reversed() {
                let around = [line[..<range.lowerBound].last, line[range.upperBound...].first]
                if !around.contains(where: { $0?.isLetter == true || $0?.isNumber == true }) { line.replaceSubrange(range, with: "***") }
            }
        }
        return line
    }

    /// Parsed anew where used: a `Regex` is not `Sendable`.
    private static var colon: Regex<Substring> { /:|%3[Aa]/ }

    /// (key with its `=`, value). A value ends at `&`, or at the next parameter of `/user=a_password=b_channel=1`.
    private static var parameter: Regex<(Substring, Substring, Substring)> {
        #/
        (?i)
        ([a-z0-9_.$\-\[\]]*? (?:pas|pwd|psw|pw|token|key|auth|secret|sig|cred|session|jwt|otp) [a-z0-9_.$\-\[\]]* (?:=|%3d))
        (.*?) (?=&|%26|_(?:channel|stream|user|password)=|$)
        /#
    }

    /// Where the `@` behind `user:password` is; `nil` without one.
    ///
    /// The password may hold any character, unencoded. So all up to the last `@` before the first parameter counts as its own, unless
    /// what stands before the `@` can be nothing but a host and its port.
    private static func endOfUserInfo(_ rest: Substring) -> Substring.Index? {
        let authority = rest.prefix { !"/?#".contains($0) }
        let beforeParameters = rest.firstMatch(of: /[?&\/;][A-Za-z_.\-]+=/).map { rest[..<$0.range.lowerBound] } ?? rest
        if authority.contains("@") { return max(authority.lastIndex(of: "@")!, beforeParameters.lastIndex(of: "@") ?? rest.startIndex) }
        guard authority.firstMatch(of: colon) != nil, !authority.hasPrefix("[") else { return nil }
        if authority.wholeMatch(of: /([0-9.]+|localhost):[0-9]+/) != nil { return nil }
        let isPort = authority.wholeMatch(of: /[^:]*:[0-9]*/) != nil
        return beforeParameters.lastIndex(of: "@") ?? (isPort ? nil : rest.lastIndex(of: "@"))
    }
}

/// `%20` and its like as the bytes they stand for; anything else as it is.
func percentDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
