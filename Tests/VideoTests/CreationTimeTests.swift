import Foundation
import TestSupport
import Testing

@testable import Video

@Suite(.enabled(if: hasFFmpeg, "ffmpeg is not installed")) struct CreationTimeTests {
    private func creationTime(_ name: String, _ metadata: [String]) throws -> Double? {
        let folder = try TemporaryFolder(), path = folder.path(name)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "color=s=64x64:d=0.2"]
            + metadata.flatMap { ["-metadata", $0] } + ["-movflags", "use_metadata_tags", path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try VideoReader(path).info.creationTime
    }

    @Test(arguments: ["a.mp4", "a.mov", "a.mkv"])
    func containersSayWhenTheyWereMade(name: String) throws {
        // 2026-11-21T17:00:00Z
        #expect(try creationTime(name, ["creation_time=2026-11-21T18:00:00+01:00"]) == 1_795_280_400)
        #expect(try creationTime(name, []) == nil)
    }

    @Test func phonesSayWhenTheyRecorded() throws {
        let both = ["creation_time=2026-11-30T00:00:00Z", "com.apple.quicktime.creationdate=2026-11-21T18:00:00+0100"]
        #expect(try creationTime("a.mov", both) == 1_795_280_400)
    }

    /// A day, a time without a zone, and a clock that was never set.
    @Test(arguments: ["date=2026-11-21", "date=2026-11-21T18:00:00", "creation_time=1970-01-01T00:00:00Z"])
    func whatIsNoTimeOfDayIsNotTaken(metadata: String) throws { #expect(try creationTime("a.mkv", [metadata]) == nil) }
}

private let hasFFmpeg = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/ffmpeg")
}
