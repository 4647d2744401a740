import Foundation
@testable import Inference
import Testing
import TestSupport

@testable import SemanticMemory

struct MemoryFileTests {
    private let memory: ClassMemory
    private let bytes: Data
    private let exitPoints = World(classes: 4, channels: 5).exitPoints

    init() throws {
        var memory = try World(classes: 4, channels: 5).memory(frames: 200)
        memory.hot.record(2)
        _ = memory.append(.init(classID: 9, label: "ünïcode \"class\""))
        self.memory = memory
        bytes = MemoryFile.bytes(of: memory)
    }

    @Test func comesBackTheSame() throws {
        let read = try MemoryFile.read(bytes, name: "m")
        #expect(MemoryFile.bytes(of: read) == bytes)
        #expect(read.classes == memory.classes)
        #expect(read.hot == memory.hot)
        #expect(read.limits == memory.limits)
        #expect(read.heldOut == memory.heldOut)
        #expect(read.exitLayers.map(\.name) == ["layer0", "layer1", "layer2", "layer3"])
        #expect(read.classCounts.last == 0)
        #expect(read.residentBytes == memory.residentBytes)
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

    /// Files of other versions are told apart from damaged ones.
    @Test func otherVersionsAreRefused() {
        var other = bytes
        other[8] = 3
        let error = #expect(throws: MemoryError.self) { try MemoryFile.read(other, name: "m") }
        #expect(error?.code == .unusableFile)
        #expect(error?.message.contains("version 3") == true)
    }

    /// The header's words are those of version 2, whatever the code calls them.
    @Test func headersKeepTheirWords() {
        let header = String(decoding: bytes.prefix(4000), as: UTF8.self)
        for key in ["taps", "depthShare", "sharpness", "nearness", "reach", "strangers"] {
            #expect(header.contains("\"\(key)\":"), "\(key)")
        }
    }

    @Test func theSameModelIsTaken() throws {
        try memory.check(sha256: "ab", model: "m.onnx", exitPoints)
    }

    @Test func otherModelsAreRefused() throws {
        let error = #expect(throws: MemoryError.self) { try memory.check(sha256: "cd", model: "n.onnx", exitPoints) }
        #expect(error?.code == .otherModel)
    }

    @Test(arguments: [nil, ("other", 5), ("layer0", 6)] as [(name: String, channels: Int)?])
    func otherExitLayersAreRefused(found: (name: String, channels: Int)?) {
        let others = found.map { found in
            exitPoints.map {
                ExitPoint(
                    step: $0.step, name: found.name, channels: found.channels, macsFraction: $0.macsFraction, image: $0.image)
            }
        }
        let error = #expect(throws: MemoryError.self) { try memory.check(sha256: "ab", model: "m.onnx", others ?? []) }
        #expect(error?.code == .unusableFile)
    }
}
