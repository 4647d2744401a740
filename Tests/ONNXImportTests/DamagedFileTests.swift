import Foundation
import Inference
import ONNXImport
import Testing
import TestSupport

/// Whatever the bytes: a model or an `ImportError`, never a trap.
struct DamagedFileTests {
    @Test func unreadable() throws {
        let folder = try TemporaryFolder()
        func code(_ path: String) throws -> ImportError.Code {
            try #require(throws: ImportError.self) { try ONNXModel.load(path: path) }.code
        }
        #expect(try code(folder.path("absent.onnx")) == .unreadableFile)
        #expect(try code(folder.url.path) == .unreadableFile)
        try Data().write(to: URL(fileURLWithPath: folder.path("empty.onnx")))
        #expect(try code(folder.path("empty.onnx")) == .truncated)
        try Data("this is a text file, not a model\n".utf8).write(to: URL(fileURLWithPath: folder.path("text.onnx")))
        #expect([.notONNX, .truncated].contains(try code(folder.path("text.onnx"))))
        try Data([0x08, 0x08]).write(to: URL(fileURLWithPath: folder.path("no-graph.onnx")))
        #expect(try code(folder.path("no-graph.onnx")) == .notONNX)
    }

    @Test(.enabled(if: !Files.sharedModels.isEmpty, "../shared/models is not there"))
    func truncated() throws {
        let path = try #require(Files.sharedModels.first { $0.hasSuffix("mnist.onnx") })
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for share in 1..<100 {
            let part = bytes.prefix(bytes.count * share / 100)
            let error = try #require(throws: ImportError.self) { try ONNXModel.load(bytes: part) }
            #expect(error.code == .truncated)
        }
    }

    @Test(
        .enabled(if: !Files.sharedModels.isEmpty, "../shared/models is not there"),
        arguments: Files.sharedModels.filter { size($0) < 2_000_000 })
    func flippedBits(path: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        var random = Dice(bytes.count)
        var loaded = 0
        let rounds = max(40, min(1500, 60_000_000 / bytes.count))
        for _ in 0..<rounds where try loads(damaged(bytes, &random)) { loaded += 1 }
        // Weights are most of the bytes, so many variants are still models.
        #expect(loaded < rounds)
    }

    /// The node tests' models are all structure: every flip hits a name, an attribute or a length.
    @Test(.enabled(if: ConformanceRunner.isAvailable, "../shared/conformance is not there"))
    func flippedStructure() throws {
        var random = Dice(1)
        for test in try ConformanceRunner().cases {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: test.modelPath))
            for _ in 0..<20 { _ = try loads(damaged(bytes, &random)) }
        }
    }

    /// Anything but a model or an `ImportError` is a failure.
    private func loads(_ bytes: Data) throws -> Bool {
        do {
            _ = try ONNXModel.load(bytes: bytes)
            return true
        } catch is ImportError {
            return false
        }
    }

    private func damaged(_ bytes: Data, _ random: inout Dice) -> Data {
        var damaged = bytes
        for _ in 0..<Int(random.next() % 8 + 1) where !damaged.isEmpty {
            let place = Int(random.next() % UInt64(damaged.count))
            switch random.next() % 4 {
            case 0: damaged[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: damaged.removeSubrange(place..<min(place + Int(random.next() % 9 + 1), damaged.count))
            case 2: damaged.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            default: damaged[place] ^= 1 << UInt8(random.next() % 8)
            }
        }
        return damaged
    }

    private static func size(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int) ?? .max
    }
}
