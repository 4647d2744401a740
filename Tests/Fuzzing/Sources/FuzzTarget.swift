import Foundation
import Inference
import ONNXImport
import DeepVid
import Results
import Tracking
import SemanticMemory
import Tensors
import Vision

/// What reads bytes that deepvid did not write. Each is fed until it crashes, hangs or takes too much memory.
enum FuzzTarget: String, CaseIterable {
    case onnx, card, bundle, zones, results, memory, edge

    /// Takes any bytes; typed errors are what is expected of most.
    func feed(_ bytes: Data) {
        switch self {
        case .onnx: Self.runModel(bytes)
        case .card: _ = try? ModelCard(json: bytes)
        case .bundle: BundleFuzz.feed(bytes)
        case .zones: _ = try? ZonePlan(json: bytes, name: "zones.json")
        case .results: Self.readResults(bytes)
        case .memory: Self.readMemory(bytes)
        case .edge: EdgeFuzz.feed(bytes)
        }
    }

    /// To the end, over lines that are no records.
    private static func readResults(_ bytes: Data) {
        let reader = RecordReader(Bytes(bytes))
        while true {
            do throws(RecordError) {
                guard try reader.next() != nil else { return }
            } catch {
                if error.code != .notRecords { return }
            }
        }
    }

    /// As a file; and what begins with a header, with the frame around it that says its length, which mutations break.
    private static func readMemory(_ bytes: Data) {
        _ = try? MemoryFile.read(bytes, name: "memory")
        guard let end = bytes.lastIndex(of: UInt8(ascii: "}")) else { return }
        var file = Data("DVMEMORY".utf8)
        for number in [2, UInt32(end - bytes.startIndex + 1)] { withUnsafeBytes(of: number.littleEndian) { file.append(contentsOf: $0) } }
        guard let memory = try? MemoryFile.read(file + bytes, name: "memory") else { return }
        let again = MemoryFile.bytes(of: memory)
        precondition((try? MemoryFile.read(again, name: "memory")) != nil, "the memory cannot be read after writing it")
    }

    /// Imported, planned and, where that is small work, run once.
    private static func runModel(_ bytes: Data) {
        guard let model = try? ONNXModel.load(bytes: bytes), let plan = try? Plan(model.graph, memory: MemoryLimit(bytes: 10_000_000))
        else { return }
        guard plan.macs < 1_000_000 else { return }
        guard plan.inputs.allSatisfy({ $0.shape.elementCount < 100_000 && $0.elementType == .float32 }) else { return }
        _ = try? Session(plan, threads: 1).run(plan.inputs.map { Tensor($0.shape, of: Float.self) { _ in } })
    }
}

/// Bytes at hand, as a stream.
private final class Bytes: ByteStream {
    private var rest: Data

    init(_ bytes: Data) { rest = bytes }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = rest.copyBytes(to: buffer)
        rest = rest.dropFirst(count)
        return count
    }
}
