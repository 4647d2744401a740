import CKernels
import Inference

/// One worker's memory for freshly computed pixels, before they are compared with the stored ones.
final class Scratch {
    /// Pixels computed between two comparisons: they stay in L2.
    static let pixels = 256

    let floats: UnsafeMutablePointer<Float>
    let flags: UnsafeMutablePointer<UInt8>
    private var keptSpans: [dv_span] = []
    private var keptFlags: [UInt8] = []

    init(channels: Int) {
        let count = Self.pixels * ((channels + 15) / 16 * 16) + 64
        floats = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64).bindMemory(to: Float.self, capacity: count)
        floats.initialize(repeating: 0, count: count)
        flags = .allocate(capacity: Self.pixels)
        flags.initialize(repeating: 0, count: Self.pixels)
    }

    deinit {
        UnsafeMutableRawPointer(floats).deallocate()
        flags.deallocate()
    }

    func pixel(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }

    /// Remembers a chunk's flags until all workers are done.
    func keep(_ chunk: UnsafeBufferPointer<dv_span>) {
        keptSpans.append(contentsOf: chunk)
        let count = chunk.reduce(0) { $0 + Int($1.end - $1.begin) }
        keptFlags.append(contentsOf: UnsafeBufferPointer(start: flags, count: count))
    }

    func drain(into mask: ChangeMask) {
        guard !keptSpans.isEmpty else { return }
        keptSpans.withUnsafeBufferPointer { spans in keptFlags.withUnsafeBufferPointer { mask.mark(spans, flags: $0.baseAddress!) } }
        keptSpans.removeAll(keepingCapacity: true)
        keptFlags.removeAll(keepingCapacity: true)
    }
}

/// Cuts span lists for workers and for scratch.
enum Chunk {
    /// Nearly equal parts by pixels; a span is never split between workers unless it is the only way.
    static func divide(_ spans: UnsafeMutableBufferPointer<dv_span>, among parts: Int) -> [UnsafeBufferPointer<dv_span>] {
        guard parts > 1 else { return [UnsafeBufferPointer(spans)] }
        let total = spans.reduce(0) { $0 + Int($1.end - $1.begin) }
        var result: [UnsafeBufferPointer<dv_span>] = [], start = 0, taken = 0
        for part in 0..<parts {
            var end = start
            while end < spans.count, part == parts - 1 || taken < total * (part + 1) / parts {
                taken += Int(spans[end].end - spans[end].begin)
                end += 1
            }
            result.append(UnsafeBufferPointer(rebasing: spans[start..<end]))
            start = end
        }
        return result
    }

    /// Runs of at most `Scratch.pixels` pixels; longer spans are split.
    static func cut(_ spans: UnsafeBufferPointer<dv_span>) -> ChunkSequence { ChunkSequence(spans: spans) }
}

struct ChunkSequence: Sequence, IteratorProtocol {
    private var spans: UnsafeBufferPointer<dv_span>
    private let piece = Piece()
    private var index = 0
    /// Pixels of spans[index] already handed out.
    private var offset: Int32 = 0

    init(spans: UnsafeBufferPointer<dv_span>) { self.spans = spans }

    mutating func next() -> UnsafeBufferPointer<dv_span>? {
        guard index < spans.count else { return nil }
        // A span that does not fit is handed out in pieces.
        if offset > 0 || spans[index].end - spans[index].begin > Int32(Scratch.pixels) {
            let span = spans[index], begin = span.begin + offset, end = Swift.min(span.end, begin + Int32(Scratch.pixels))
            piece.span.pointee = dv_span(row: span.row, begin: begin, end: end)
            offset = end == span.end ? 0 : end - span.begin
            if offset == 0 { index += 1 }
            return UnsafeBufferPointer(start: piece.span, count: 1)
        }
        let start = index
        var taken = 0
        while index < spans.count {
            let length = Int(spans[index].end - spans[index].begin)
            if taken + length > Scratch.pixels { break }
            taken += length
            index += 1
        }
        return UnsafeBufferPointer(rebasing: spans[start..<index])
    }
}

/// Memory for one span, with an address that outlives a call.
private final class Piece {
    let span = UnsafeMutablePointer<dv_span>.allocate(capacity: 1)
    deinit { span.deallocate() }
}

/// Decides which freshly computed pixels replace the stored ones.
enum ThresholdedWrite {
    /// Those with a channel that moved by more than this; 0: by a bit.
    case largest(Float)
    /// Those whose change is worth more than a limit at the outputs.
    case weighted(dv_truncation)

    /// Writes them into `stored`, and one flag a pixel.
    func run(
        _ fresh: Image, _ channels: Int, _ stored: Image, _ spans: UnsafeBufferPointer<dv_span>, _ flags: UnsafeMutablePointer<UInt8>
    ) {
        switch self {
        case .largest(let tolerance):
            _ = dv_commit(fresh.base, fresh.pixel, Int32(channels), tolerance, stored, spans.baseAddress, spans.count, flags)
        case .weighted(var rule):
            _ = dv_commit_weighted(&rule, fresh.base, fresh.pixel, Int32(channels), stored, spans.baseAddress, spans.count, flags)
        }
    }
}
