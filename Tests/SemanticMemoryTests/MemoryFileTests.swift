import Foundation
import Testing
import TestSupport

@testable import SemanticMemory

struct MemoryFileTests {
    private let memory: ClassMemory
    private let bytes: Data

    init() throws {
        var memory = try World(classes: 4, channels: 5).memory(frames: 200)
        memory.hot.answered(2)
        _ = memory.append(.init(classID: 9, label: "ünïcode \"class\""))
        self.memory = memory
        bytes = MemoryFile.bytes(of: memory)
    }

    @Test func comesBackTheSame() throws {
        let read = try MemoryFile.read(bytes, name: "m")
        #expect(MemoryFile.bytes(of: read) == bytes)
        #expect(read.classes == memory.classes && read.hot == memory.hot && read.limits == memory.limits)
        #expect(read.tapNames == ["tap0", "tap1", "tap2", "tap3"] && read.classCounts.last == 0)
    }

    @Test func everyTruncationIsRefused() {
        for count in stride(from: 0, to: bytes.count, by: bytes.count / 300 + 1) {
            #expect(throws: MemoryError.self) { try MemoryFile.read(bytes.prefix(count), name: "m") }
        }
        #expect(throws: MemoryError.self) { try MemoryFile.read(bytes + [0], name: "m") }
    }

    /// Whatever is in the file, reading it ends in a memory or an error.
    @Test func garbageIsRefusedOrHarmless() {
        var dice = Dice(21), refused = 0
        for _ in 0..<600 {
            var damaged = bytes
            for _ in 0...dice.int(4) { damaged[dice.int(damaged.count)] = UInt8(truncatingIfNeeded: dice.next()) }
            if (try? MemoryFile.read(damaged, name: "m")) == nil { refused += 1 }
        }
        for length in [0, 1, 8, 15, 16, 17, 1000] {
            #expect(throws: MemoryError.self) {
                try MemoryFile.read(Data((0..<length).map { _ in UInt8(truncatingIfNeeded: dice.next()) }), name: "m")
            }
        }
        #expect(refused > 50)
    }

    @Test func countsThatDoNotFitAreRefused() throws {
        func with(_ old: String, _ new: String) -> Data {
            let length = bytes[12..<16].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
            let header = String(decoding: bytes[16..<16 + length], as: UTF8.self)
            #expect(header.contains(old), "\(old) in \(header.prefix(300))")
            let changed = Data(header.replacingOccurrences(of: old, with: new).utf8)
            var data = bytes.prefix(12)
            withUnsafeBytes(of: UInt32(changed.count).littleEndian) { data.append(contentsOf: $0) }
            return data + changed + bytes[(16 + length)...]
        }
        for (old, new) in [
            ("\"channels\":5", "\"channels\":6"), ("\"channels\":5", "\"channels\":-5"), ("\"channels\":5", "\"channels\":16384"),
            ("\"classID\":1", "\"classID\":2"), ("\"step\":3", "\"step\":0"), ("\"depthShare\":0.", "\"depthShare\":7."),
            ("\"targetAgreement\":0.", "\"targetAgreement\":7."),
        ] {
            #expect(throws: MemoryError.self, "\(new)") { try MemoryFile.read(with(old, new), name: "m") }
        }
    }

    @Test func otherModelsAreRefused() throws {
        func taps(_ step: Int) -> (name: String, channels: Int)? { ("tap\(step / 3)", 5) }
        try memory.check(sha256: "ab", model: "m.onnx", taps: taps)
        #expect(throws: MemoryError.self) { try memory.check(sha256: "cd", model: "n.onnx", taps: taps) }
        #expect(throws: MemoryError.self) { try memory.check(sha256: "ab", model: "m.onnx") { _ in nil } }
        #expect(throws: MemoryError.self) { try memory.check(sha256: "ab", model: "m.onnx") { _ in ("other", 5) } }
    }
}
