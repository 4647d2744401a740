import Foundation
import Results
import Testing

@Suite struct ComparisonRecordTests {
    private static let begin = BeginRecord(
        deepvid: "1", source: "a.mp4", model: .init(name: "m", sha256: "0", head: "yolox", input: .init(width: 1, height: 1)), video: nil,
        options: .init(threads: 1, cache: "adaptive"))

    @Test func isReadAsItWasWritten() throws {
        var record = ComparisonRecord(begin: Self.begin, reason: .interrupted)
        #expect(try JSONDecoder().decode(ComparisonRecord.self, from: Data(record.json.utf8)) == record)
        record.inFull = [.init(reason: "busy", frames: 2)]
        record.classes = [.init(label: "\"a\"", classID: 7, dense: 1, cached: 2, agreement: 0.5)]
        record.worst = [.init(frame: 3, ptsS: nil, agreement: 0, reused: 0.25, picture: "x/y.png")]
        (record.speedup, record.denseMs, record.agreement) = (1.5, .init(mean: 2, median: 1), 0.75)
        #expect(try JSONDecoder().decode(ComparisonRecord.self, from: Data(record.json.utf8)) == record)
    }

    @Test func leavesOutWhatIsNotKnown() {
        let json = ComparisonRecord(begin: Self.begin, reason: .finished).json
        for key in ["speedup", "dense_ms", "reused", "\"agreement\"", "error", "null"] { #expect(!json.contains(key), "\(key)") }
    }
}
