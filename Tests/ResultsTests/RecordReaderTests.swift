import Foundation
import TestSupport
import Testing

@testable import DeepVid
@testable import Results

@Suite struct RecordReaderTests {
    private static let begin = BeginRecord(
        deepvid: "1", source: "a.mp4", model: .init(name: "m", sha256: "0", head: "yolox", input: .init(width: 416, height: 256)),
        options: .init(threads: 1))
    private static let end = EndRecord(source: "a.mp4", reason: .finished)

    private static func frame(_ index: Int) -> FrameRecord {
        var record = FrameRecord(
            frame: index, ptsS: Double(index) / 25,
            objects: [
                .init(label: "person", classID: 0, score: 0.8072, box: [308.42, 95.76, 52.02, 106.54]),
                .init(label: "car", classID: 2, score: 0.5, box: [1, 2, 3, 4], trackID: 7),
            ], timingMs: .init(decode: 0.054, match: 0.092, infer: 1.463))
        record.cache = .init(policy: "adaptive", reused: 0.7384)
        return record
    }

    private func reader(_ text: String) -> RecordReader { RecordReader(MemoryStream(Array(text.utf8))) }

    /// What happens when all of it is read: records, and the errors on the way.
    private func readAll(_ bytes: [UInt8]) -> (records: [ReadRecord], errors: [RecordError], isCutOff: Bool) {
        let reader = RecordReader(MemoryStream(bytes))
        var records: [ReadRecord] = [], errors: [RecordError] = []
        while true {
            do throws(RecordError) {
                guard let record = try reader.next() else { return (records, errors, reader.isCutOff) }
                records.append(record)
            } catch {
                errors.append(error)
                if errors.last?.code == .unreadable || errors.last?.message.contains("longer than") == true {
                    return (records, errors, false)
                }
            }
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        let text = [Self.begin.json, Self.frame(0).json, Self.frame(1).json, Self.end.json].joined(separator: "\n") + "\n"
        let reader = reader(text)
        guard case .begin(Self.begin) = try reader.next() else { throw Unexpected() }
        for index in 0..<2 { guard case .frame(Self.frame(index)) = try reader.next() else { throw Unexpected() } }
        guard case .end(Self.end) = try reader.next() else { throw Unexpected() }
        #expect(try reader.next() == nil)
        #expect(!reader.isCutOff)
        #expect(reader.line == 4)
    }

    @Test func newerVersionsAreRead() throws {
        let text = """
            {"type":"begin","schema":9,"deepvid":"9","source":"a","model":{"name":"m","sha256":"","head":"h","input":{"width":1,"height":1},"new":[1]},"options":{"threads":1,"cache":"off"},"later":{"x":1}}
            {"type":"novelty","reason":"connection lost","duration_s":2.5}\r

            {"frame":3,"type":"frame","timing_ms":{"decode":0,"infer":0,"total":0},"hologram":true}
            """ + "\n"
        let reader = reader(text)
        guard case .begin(let begin) = try reader.next() else { throw Unexpected() }
        #expect(begin.source == "a")
        #expect(reader.newerSchema == 9)
        guard case .other(let other) = try reader.next() else { throw Unexpected() }
        #expect(other == "novelty")
        guard case .frame(let frame) = try reader.next() else { throw Unexpected() }
        #expect(frame.frame == 3)
        #expect(reader.line == 4)
    }

    @Test func aLastLineWithoutEndIsNoError() throws {
        let whole = Self.begin.json + "\n" + Self.frame(0).json
        // At every byte of the last line.
        for cut in stride(from: Self.begin.json.utf8.count + 2, to: whole.utf8.count, by: 7) {
            let (records, errors, isCutOff) = readAll(Array(whole.utf8.prefix(cut)))
            #expect(records.count == 1, "cut at \(cut)")
            #expect(errors.isEmpty, "cut at \(cut)")
            #expect(isCutOff, "cut at \(cut)")
        }
        let (records, errors, isCutOff) = readAll(Array(whole.utf8))
        #expect(records.count == 2)
        #expect(errors.isEmpty)
        #expect(!isCutOff)
    }

    @Test(arguments: [
        ("hello\n", 1, "begins with 'hello'"), ("[1,2]\n", 1, "is no JSON object"), ("42\n", 1, "is no JSON object"),
        ("{}\n", 1, "no \"type\""), ("{\"type\":7}\n", 1, "type is not a string"), ("\u{0}\u{1}\u{2}\n", 1, "no"),
        ("{\"type\":\"frame\"}\n", 1, "frame is missing"), ("{\"type\":\"novelty\"}\n{\"type\":\n{}\n", 2, "no JSON"),
        (#"{"type":"frame","frame":"x","timing_ms":{"decode":0,"infer":0,"total":0}}"# + "\n", 1, "frame is not a whole number"),
        (#"{"type":"frame","frame":99999999999999999999999,"timing_ms":{"decode":0,"infer":0,"total":0}}"# + "\n", 1, "frame"),
        (
            #"{"type":"frame","frame":1,"objects":[{"label":"a","class_id":0,"score":"high","box":[]}],"timing_ms":{"decode":0,"infer":0,"total":0}}"#
                + "\n", 1, "objects[0].score is not a number"
        ),
    ])
    func whatIsNoRecordIsNamed(text: String, line: Int, words: String) throws {
        let errors = readAll(Array(text.utf8)).errors
        let error = try #require(errors.first, "\(text)")
        #expect(error.line == line, "\(text): \(error)")
        #expect(error.code == .notRecords, "\(text): \(error)")
        #expect(error.description.contains(words), "\(text): \(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test func readingGoesOnAfterABadLine() throws {
        let (records, errors, _) = readAll(Array((Self.frame(0).json + "\nbad\n" + Self.frame(1).json + "\n").utf8))
        #expect(records.count == 2)
        #expect(errors.count == 1)
        #expect(errors[0].line == 2)
    }

    @Test func numbersThatAreNotFinite() throws {
        var odd = Self.frame(0)
        odd.objects![0].score = .nan
        odd.objects![0].label = #"a "null" \" null"#
        odd.embedding = [1, .infinity, 2]
        odd.exit = .init(layer: nil, macsFraction: 1, margin: .nan)
        let reader = reader(odd.json + "\n")
        guard case .frame(let frame) = try reader.next() else { throw Unexpected() }
        #expect(frame.objects![0].score.isNaN)
        #expect(frame.objects![0].label == odd.objects![0].label)
        #expect(frame.embedding?[1].isNaN == true)
        #expect(frame.exit?.margin.isNaN == true)
    }

    @Test func hostileBytes() {
        let samples: [[UInt8]] = [
            Array(repeating: UInt8(ascii: "["), count: 200_000), Array(repeatElement(Array("{\"a\":".utf8), count: 50_000).joined()),
            Array("{\"type\":\"frame\",\"frame\":1e999999}\n".utf8), Array("{\"type\":\"frame\",\"frame\":-1e400}\n".utf8),
            Array("{\"type\":\"".utf8) + [0xFF, 0xFE, 0xC0] + Array("\"}\n".utf8), [0x28, 0xB5, 0x2F, 0xFD, 0, 1, 2], [0xEF, 0xBB, 0xBF],
            Array("{\"type\":\"\\ud800\"}\n".utf8), [], [0x0A, 0x0A, 0x20, 0x0A], Array("\"".utf8), Array("{\"type\":\"begin\",".utf8),
            Array("{\"type\":\"frame\",\"objects\":".utf8) + Array(repeating: UInt8(ascii: "["), count: 3000) + [0x0A],
        ]
        for sample in samples { _ = readAll(sample) }
        // Every byte of a good text, changed.
        var random = SystemRandomNumberGenerator()
        let good = Array((Self.begin.json + "\n" + Self.frame(0).json + "\n" + Self.end.json + "\n").utf8)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255)
            }
            if Bool.random() { bytes.removeLast(Int.random(in: 0..<bytes.count)) }
            let (records, errors, _) = readAll(bytes)
            #expect(records.count + errors.count <= 12)
        }
    }

    @Test func linesOfAnyLength() throws {
        var long = Self.frame(0)
        long.embedding = Array(repeating: 0.123456, count: 200_000)
        let reader = reader(long.json + "\n" + Self.frame(1).json + "\n")
        guard case .frame(let frame) = try reader.next() else { throw Unexpected() }
        #expect(frame.embedding?.count == 200_000)
        guard case .frame = try reader.next() else { throw Unexpected() }
        let endless = readAll(Array(repeating: UInt8(ascii: " "), count: 17 << 20)).errors
        #expect(endless.first?.message.contains("longer than") == true)
    }

    @Test func filesThatCannotBeRead() {
        #expect(throws: RecordError.self) { try RecordReader(path: "/no/such/file") }
        #expect(throws: RecordError.self) { try RecordReader(path: "/tmp") }
        let zstd = RecordReader(MemoryStream([0x28, 0xB5, 0x2F, 0xFD, 9, 9, 9, 9]))
        #expect(throws: RecordError.self) { try zstd.next() }
    }

    @Test func packedRecordsAreRead() throws {
        let lines = Golden.lines.filter { !$0.contains("\"clip\"") }.joined(separator: "\n") + "\n"
        let folder = try TemporaryFolder()
        let path = folder.path("a.jsonl.zst")
        // Two frames of zstd, each of one raw block, as they follow one another in a file that was gone on with.
        func packed(_ bytes: [UInt8]) -> [UInt8] {
            let header = UInt32(bytes.count) << 3 | 1
            return [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58] + (0..<3).map { UInt8(truncatingIfNeeded: header >> (8 * $0)) } + bytes
        }
        let bytes = Array(lines.utf8), half = bytes.count / 2
        try Data(packed(Array(bytes[..<half])) + packed(Array(bytes[half...]))).write(to: URL(fileURLWithPath: path))
        let reader = try RecordReader(path: path)
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == Golden.lines.count - 1)
        #expect(!reader.isCutOff)
    }

    private struct Unexpected: Error {}

    /// Bytes that are there already.
    private final class MemoryStream: ByteStream {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) { rest = bytes[...] }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            let piece = rest.prefix(buffer.count)
            buffer.copyBytes(from: piece)
            rest = rest.dropFirst(piece.count)
            return piece.count
        }
    }
}
