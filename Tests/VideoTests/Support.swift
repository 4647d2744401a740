import Foundation
import TestSupport
import Testing
import Video

/// Every frame that `input` delivers, and the reader for what it noted.
func readAll(_ input: String, _ options: VideoOptions = VideoOptions()) throws -> (frames: [Frame], reader: VideoReader) {
    let reader = try VideoReader(input, options: options)
    var frames: [Frame] = []
    while let frame = try reader.next() { frames.append(frame) }
    return (frames, reader)
}

func readAll(_ input: String, change: (inout VideoOptions) -> Void) throws -> (frames: [Frame], reader: VideoReader) {
    var options = VideoOptions()
    change(&options)
    return try readAll(input, options)
}

/// The error of opening `input`; `nil` if it opens.
func failure(_ input: String, _ options: VideoOptions = VideoOptions()) -> VideoError? {
    do throws(VideoError) {
        _ = try VideoReader(input, options: options)
        return nil
    } catch { return error }
}

/// Writes `data`, or its first part, into a file for as long as `body` runs.
func withFile(_ data: Data, share: Double = 1, name: String = "clip", _ body: (String) throws -> Void) throws {
    let folder = try TemporaryFolder()
    try data.prefix(Int(Double(data.count) * share)).write(to: folder.url.appendingPathComponent(name))
    try withExtendedLifetime(folder) { try body(folder.path(name)) }
}

/// A FIFO in the file system for as long as `body` runs.
func withFIFO(_ body: (String) throws -> Void) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("fifo")
    guard mkfifo(path, 0o600) == 0 else { throw POSIXError(.EIO) }
    try withExtendedLifetime(folder) { try body(path) }
}

/// ffmpeg's own programs, which make inputs and say what is right.
enum FFmpeg {
    static let isThere = ["ffmpeg", "ffprobe"].allSatisfy { (try? run($0, "-version")) != nil }

    /// A test picture of so many seconds: two seconds, 25 frames each, unless told otherwise.
    static func source(seconds: Double = 2, size: String = "160x96", rate: Int = 25) -> [String] {
        ["-f", "lavfi", "-i", "testsrc2=s=\(size):r=\(rate):d=\(seconds)"]
    }

    static func make(_ arguments: String...) throws { try make(arguments) }
    static func make(_ arguments: [String]) throws { try run("ffmpeg", ["-v", "error", "-y"] + arguments) }

    /// How many frames ffmpeg decodes.
    static func frameCount(_ input: String) throws -> Int? {
        let entries = ["-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"]
        let text = try run("ffprobe", ["-v", "quiet", "-count_frames"] + entries + ["-of", "csv=p=0", input])
        return text.split { !$0.isNumber }.first.flatMap { Int($0) }
    }

    struct Failure: Error { let text: String }

    @discardableResult static func run(_ name: String, _ arguments: String...) throws -> String { try run(name, arguments) }
    @discardableResult static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.standardInput = FileHandle.nullDevice
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(text: "\(name) \(arguments): \(text)") }
        return text
    }
}

extension Trait where Self == ConditionTrait {
    static var needsFFmpeg: Self { .enabled(if: FFmpeg.isThere, "needs the programs ffmpeg and ffprobe") }
}

/// Answers HTTP requests on a port of this machine.
final class TinyServer: @unchecked Sendable {  // immutable after init
    let port: UInt16
    private let socketNumber: Int32

    /// The same body for every path; with no body, it never answers.
    convenience init(body: String, type: String) throws { try self.init(body: Data(body.utf8), type: type) }

    convenience init(body: Data?, type: String) throws {
        try self.init { _, client in
            guard let body else { return false }
            Self.send(Self.head(type, "Content-Length: \(body.count)") + body, to: client)
            return true
        }
    }

    /// Files by path, such as `/a.ts`.
    convenience init(files: [String: Data]) throws {
        try self.init { path, client in
            let body = files[path] ?? Data()
            let type = path.hasSuffix("m3u8") ? "application/vnd.apple.mpegurl" : "video/mp2t"
            Self.send(Self.head(type, "Content-Length: \(body.count)") + body, to: client)
            return true
        }
    }

    /// - Parameter answer: gets the path and the connection; whether to close it afterwards.
    init(answer: @escaping @Sendable (_ path: String, _ client: Int32) -> Bool) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isUp = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isUp else { throw POSIXError(.EADDRNOTAVAIL) }
        (socketNumber, port) = (listener, UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { return }
                Thread.detachNewThread {
                    var request = [UInt8](repeating: 0, count: 4096)
                    let count = max(read(client, &request, request.count), 0)
                    let words = String(decoding: request.prefix(count), as: UTF8.self).split(separator: " ")
                    if answer(words.count > 1 ? String(words[1]) : "", client) { close(client) }
                }
            }
        }
    }

    static func head(_ type: String, _ line: String) -> Data {
        Data("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\(line)\r\nConnection: close\r\n\r\n".utf8)
    }

    /// Whether all of it could be sent.
    @discardableResult static func send(_ data: Data, to client: Int32) -> Bool {
        let bytes = [UInt8](data)
        var sent = 0
        while sent < bytes.count {
            let n = bytes[sent...].withUnsafeBytes { Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if n <= 0 { return false }
            sent += n
        }
        return true
    }

    deinit {
        shutdown(socketNumber, Int32(SHUT_RDWR))
        close(socketNumber)
    }
}
