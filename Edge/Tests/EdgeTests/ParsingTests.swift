import Foundation
import Logging
import Testing

@testable import EdgeServer

/// What people and devices write, as the edge understands it.
@Suite struct ParsingTests {
    @Test func ranges() {
        for (header, expected) in [
            (nil, ByteRange.whole), ("bytes=0-", .part(0..<100)), ("bytes=10-", .part(10..<100)), ("bytes=10-19", .part(10..<20)),
            ("bytes=99-200", .part(99..<100)), ("bytes=-30", .part(70..<100)), ("bytes=-300", .part(0..<100)),
            ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=20-10", .whole), ("bytes=1-2,5-6", .whole),
            ("lines=1-2", .whole), ("bytes=", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole), ("bytes=--5", .whole),
            ("bytes=9999999999999999999999-", .whole),
        ] as [(String?, ByteRange)] { #expect(ByteRange(header, size: 100) == expected, "\(header ?? "none")") }
    }

    @Test func addresses() throws {
        #expect(try ListenAddress("127.0.0.1:80") == ListenAddress(host: "127.0.0.1", port: 80))
        #expect(try ListenAddress("[::1]:0") == ListenAddress(host: "::1", port: 0))
        for text in ["", "80", ":80", "host", "host:", "host:99999", "host:-1", "::1:80", "[]:80"] {
            #expect(throws: EdgeServerError.self, "\(text)") { try ListenAddress(text) }
        }
        for (host, isLoopback) in [
            ("127.0.0.1", true), ("127.8.9.10", true), ("::1", true), ("localhost", true), ("0.0.0.0", false), ("::", false),
            ("192.168.0.1", false), ("127.0.0.1.example.org", false), ("example.org", false), ("::ffff:127.0.0.1", false),
        ] { #expect(ListenAddress(host: host, port: 1).isLoopback == isLoopback, "\(host)") }
    }

    @Test func tokens() throws {
        let (first, second) = ("0123456789abcdef", "another-token-of-some-length")
        let list = try TokenList([first, second])
        #expect(list.accepts("Bearer \(first)"))
        #expect(list.accepts("bearer \(second)"))
        for wrong in [
            nil, "", first, "Bearer", "Bearer ", "Bearer \(first)x", "Bearer \(first.dropLast())", "Basic \(first)", "Bearer  \(first)",
        ] {
            #expect(!list.accepts(wrong), "\(wrong ?? "none")")
        }
        #expect(throws: EdgeServerError.self) { try TokenList([]) }
        #expect(throws: EdgeServerError.self) { try TokenList(["short"]) }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tokens-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("# of the yard's cameras\n\n  \(first)  \r\n\(second)".utf8).write(to: file)
        let read = try TokenList(file: file.path)
        #expect(read.accepts("Bearer \(first)"))
        #expect(read.accepts("Bearer \(second)"))
        #expect(throws: EdgeServerError.self) { try TokenList(file: file.path + ".none") }
    }

    @Test func logLinesStayLines() throws {
        let nasty = "a \"b\"\nlevel=error\u{7}"
        let text = LogWriter.line(.text, "now", .info, "request", [("from", nasty), ("status", "200")])
        #expect(!text.contains("\n"))
        #expect(text.contains("status=200"))
        let json = LogWriter.line(.json, "now", .info, "request\n", [("from", nasty)])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String])
        #expect(object["from"] == nasty)
        #expect(object["message"] == "request\n")
        #expect(object["level"] == "info")
    }
}
