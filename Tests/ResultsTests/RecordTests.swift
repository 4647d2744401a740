import Foundation
import Results
import Testing

@Suite struct RecordTests {
    private let full = FrameRecord(
        source: "a.mp4", frame: 7, ptsS: 0.2333333333,
        objects: [.init(label: "person", classID: 0, score: 0.912345, box: [1.006, 2, 3.5, 4])],
        cache: .init(policy: "adaptive", reused: 0.75, reason: nil), timingMs: .init(decode: 1, match: 0.25, infer: 10))

    @Test func keysKeepTheirOrder() {
        #expect(
            full.json
                == #"{"type":"frame","source":"a.mp4","frame":7,"pts_s":0.233333,"objects":[{"label":"person","class_id":0,"score":0.9123,"box":[1.01,2,3.5,4]}],"cache":{"policy":"adaptive","reused":0.75},"timing_ms":{"decode":1,"match":0.25,"infer":10,"total":11.25}}"#
        )
    }

    @Test func absentPartsAreLeftOut() {
        let empty = FrameRecord(frame: 0, ptsS: nil, objects: [], timingMs: .init(decode: 0, infer: 0))
        #expect(empty.json == #"{"type":"frame","frame":0,"objects":[],"timing_ms":{"decode":0,"infer":0,"total":0}}"#)
    }

    /// What is written by hand is what `Codable` reads, up to the stated rounding.
    @Test func writtenAndDecodedAgree() throws {
        let decoded = try JSONDecoder().decode(FrameRecord.self, from: Data(full.json.utf8))
        #expect(decoded.json == full.json)
        let end = EndRecord(
            source: "a\"b", reason: .failed, frames: 1, decoded: 2, damaged: 3, dropped: 4, fps: 5, wallS: 6,
            timingMs: .init(decode: 1, infer: 2), peakMemoryMB: 7, error: .init(code: "truncated", message: "x\ny"))
        #expect(try JSONDecoder().decode(EndRecord.self, from: Data(end.json.utf8)) == end)
        let begin = BeginRecord(
            deepvid: "0", source: "-", model: .init(name: "m", sha256: "00", head: "ssd", input: .init(width: 3, height: 2)),
            video: nil, options: .init(threads: 2, classes: ["a", "b"], startS: 1.5))
        #expect(try JSONDecoder().decode(BeginRecord.self, from: Data(begin.json.utf8)) == begin)
    }

    @Test func aRecordTakesMicroseconds() {
        var record = full
        record.objects = Array(repeating: full.objects![0], count: 10)
        var json = JSONText()
        let elapsed = ContinuousClock().measure {
            for _ in 0..<1000 {
                json.removeAll()
                record.write(to: &json)
            }
        }
        // 20 µs each are wanted; a busy machine gets ten times that.
        #expect(elapsed / 1000 < .microseconds(200), "\(elapsed / 1000) a record")
    }
}
