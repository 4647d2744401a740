import Foundation
import Synchronization
import TestSupport
import Testing

@testable import RunMetrics

/// Files for the node exporter, which is another user.
@Suite struct ReplacedFileTests {
    @Test func everybodyMayReadIt() throws {
        let place = try TemporaryFolder()
        let before = umask(0o077)
        defer { umask(before) }
        var file = ReplacedFile(path: place.path("new/a.prom")) { Issue.record("\($0)") }
        file.write("a 1\n")
        file.write("a 2\n")
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o644)
        #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "a 2\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("new")) == ["a.prom"])
    }

    @Test func troubleAndItsEndAreSaidOnce() throws {
        let place = try TemporaryFolder(), said = Log()
        try Data().write(to: URL(fileURLWithPath: place.path("folder")))
        var file = ReplacedFile(path: place.path("folder/a.prom")) { said.add($0) }
        for _ in 0..<3 { file.write("a 1\n") }
        try FileManager.default.removeItem(atPath: place.path("folder"))
        for _ in 0..<3 { file.write("a 1\n") }
        #expect(said.lines.count == 2, "\(said.lines)")
        #expect(said.lines.first?.contains("cannot be written") == true, "\(said.lines)")
        #expect(said.lines.last?.contains("is written again") == true, "\(said.lines)")
    }

    private final class Log: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ line: String) { all.withLock { $0.append(line) } }
        var lines: [String] { all.withLock { $0 } }
    }
}
