import CKernels
import Inference

/// One worker's memory for freshly computed pixels, before they are compared with the stored ones.
final class Scratch {
    /// Pixels computed between two comparisons: they stay in L2, and are whole tiles of 6, 8 or 10 pixels.
    static let pixels = 240
    /// Pixels computed in place between two prefetches: some 200 KB.
    static func pixelsInPlace(_ channels: Int) -> Int { pixels * max(1, 200 / max(1, channels)) }

    let flags = UnsafeMutablePointer<UInt8>.allocate(capacity: pixels)
    private let floats: AlignedFloats
    private var keptSpans: [dv_span] = []
    private var keptFlags: [UInt8] = []

    init(channels: Int) { floats = AlignedFloats(count: Self.pixels * Self.padded(channels)) }

    deinit { flags.deallocate() }

    /// Pixels one after the other, whatever their place.
    func image(_ channels: Int) -> Image { Image(base: floats.base, row: 0, pixel: Int64(Self.padded(channels))) }

    private static func padded(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }

    /// Remembers a chunk's flags until all workers are done.
    func keep(_ chunk: UnsafeBufferPointer<dv_span>) {
        keptSpans.append(contentsOf: chunk)
        keptFlags.append(contentsOf: UnsafeBufferPointer(start: flags, count: chunk.reduce(0) { $0 + $1.length }))
    }

    func drain(into mask: ChangeMask) {
        guard !keptSpans.isEmpty else { return }
        keptSpans.withUnsafeBufferPointer { spans in keptFlags.withUnsafeBufferPointer { mask.mark(spans, flags: $0.baseAddress!) } }
        keptSpans.removeAll(keepingCapacity: true)
        keptFlags.removeAll(keepingCapacity: true)
    }
}

extension dv_span {
    var length: Int { Int(end - begin) }
}

/// Cuts span lists for workers and for scratch.
enum Chunk {
    typealias Spans = UnsafeBufferPointer<dv_span>

    /// Nearly equal parts by pixels; a span is never split between workers unless it is the only way.
    static func divide(_ spans: Spans, among parts: Int) -> [Spans] {
        guard parts > 1 else { return [spans] }
        let total = spans.reduce(0) { $0 + $1.length }
        var result: [Spans] = [], start = 0, taken = 0
        for part in 0..<parts {
            var end = start
            while end < spans.count, part == parts - 1 || taken < total * (part + 1) / parts {
                taken += spans[end].length
                end += 1
            }
            result.append(Spans(rebasing: spans[start..<end]))
            start = end
        }
        return result
    }

    /// Runs of so many pixels and a rest: spans are split where a run is full.
    static func forEach(in spans: Spans, of pixels: Int = Scratch.pixels, _ body: (Spans) -> Void) {
        var start = 0, end = 0, taken = 0, begin = spans.first?.begin ?? 0
        withUnsafeTemporaryAllocation(of: dv_span.self, capacity: min(pixels, spans.count)) { chunk in
            func run(_ count: Int) {
                body(Spans(rebasing: UnsafeBufferPointer(chunk)[..<count]))
                (start, taken) = (end, 0)
            }
            while end < spans.count {
                let span = spans[end], length = min(Int(span.end - begin), pixels - taken)
                chunk[end - start] = dv_span(row: span.row, begin: begin, end: begin + Int32(length))
                (taken, begin) = (taken + length, begin + Int32(length))
                let isSpent = begin == span.end, count = end - start + 1
                if isSpent {
                    end += 1
                    if end < spans.count { begin = spans[end].begin }
                }
                if taken == pixels { run(count) }
            }
            if end > start { run(end - start) }
        }
    }
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
