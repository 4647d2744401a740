import Foundation
import TestSupport
import Testing

@testable import Results

@Suite struct RecordTests {
    @Test(arguments: Golden.records.indices)
    func everyKindIsWrittenAsEver(index: Int) { #expect(Golden.records[index].json == Golden.lines[index]) }

    @Test(arguments: Golden.records.indices)
    func whatIsReadIsWrittenAgain(index: Int) throws {
        func again<R: Record>(_ record: R) throws -> String { try JSONDecoder().decode(R.self, from: Data(record.json.utf8)).json }
        #expect(try again(Golden.records[index]) == Golden.lines[index])
    }

    @Test(arguments: Golden.lines.indices)
    func theSchemaHasEveryKind(index: Int) throws {
        #expect(JSONSchema.records.violations(of: try JSONValue(Golden.lines[index])) == [])
    }

    /// And has no key that no record has.
    @Test func theSchemaHasNothingElse() throws {
        var seen: [String: Set<String>] = [:]
        for line in Golden.lines {
            let value = try JSONValue(line)
            JSONSchema.records.keys(of: value, by: try #require(value["type"]?.string), into: &seen)
        }
        for (name, definition) in try #require(JSONSchema.records.root["$defs"]?.object) {
            #expect(seen[name] == Set(definition["properties"]?.object?.keys.map { $0 } ?? []), "\(name)")
        }
    }

    @Test func whatIsNilIsLeftOut() {
        let frame = FrameRecord(frame: 0, objects: [], timingMs: .init(decode: 0, infer: 0))
        #expect(frame.json == #"{"type":"frame","frame":0,"objects":[],"timing_ms":{"decode":0,"infer":0,"total":0}}"#)
        let end = EndRecord(source: "a", reason: .finished)
        #expect(
            end.json
                == #"{"type":"end","source":"a","reason":"finished","frames":0,"decoded":0,"corrupt_packets":0,"dropped":0,"fps":0,"wall_s":0,"peak_memory_mb":0}"#
        )
        let begin = BeginRecord(
            deepvid: "1", source: "a", model: .init(name: "m", sha256: "0", head: "yolox", input: .init(width: 1, height: 1)),
            options: .init(threads: 1))
        let comparison = ComparisonRecord(begin: begin, reason: .finished).json
        for key in ["speedup", "dense_ms", "reused", "\"agreement\"", "error", "null"] { #expect(!comparison.contains(key), "\(key)") }
    }

    @Test func valuesSurviveUnrounded() throws {
        // Encoders other than that of records get numbers as they are: checkpoints are made with them.
        let event = Golden.event
        #expect(try JSONDecoder().decode(EventRecord.self, from: JSONEncoder().encode(event)) == event)
        var frame = Golden.detected
        #expect(try JSONDecoder().decode(FrameRecord.self, from: JSONEncoder().encode(frame)) == frame)
        frame.ptsS = nil
        #expect(try JSONDecoder().decode(FrameRecord.self, from: JSONEncoder().encode(frame)) == frame)
    }

    @Test func totalIsTheSumOfTheParts() {
        #expect(Timing(decode: 1, infer: 2).total == 3)
        #expect(Timing(decode: 1, preprocess: 10, match: 100, infer: 2, postprocess: 1000).total == 1113)
    }

    @Test func oldNamesAreNotRead() throws {
        let old = Golden.lines[8].replacing("corrupt_packets", with: "damaged")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(EndRecord.self, from: Data(old.utf8)) }
    }
}
