import Foundation
import Testing

@testable import DeepVid

@Suite struct FreeMemoryTests {
    /// The pages of this program's files go, and those that are used come again.
    @Test func programPagesGo() throws {
        let before = try mappedFileBytes()
        FreeMemory.releaseProgram()
        let after = try mappedFileBytes()
        #expect(after < before)
    }

    /// What was written to a file's pages, as the loader does with addresses, stays.
    @Test func writtenPagesStay() throws {
        FreeMemory.releaseProgram()
        #expect(String(describing: [1, 2, 3].map { $0 * 2 }) == "[2, 4, 6]")
        #expect(try JSONDecoder().decode([String: Int].self, from: Data(#"{"a": 1}"#.utf8)) == ["a": 1])
    }

    /// Of this process, as `/proc/self/status` says.
    private func mappedFileBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssFile:") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1])) << 10
    }
}
