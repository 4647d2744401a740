import CKernels

/// One worker's part of a dense layer: rows, or channels when there are few pixels.
struct WorkPartition {
    let spans: [dv_span]
    let slices: Range<Int>?

    func run(_ kernel: any SpatialKernel, _ sources: UnsafePointer<Image>, _ destination: Image) {
        spans.withUnsafeBufferPointer { spans in
            if let slices {
                kernel.run(sources: sources, destination: destination, spans: spans, first: slices.lowerBound, last: slices.upperBound)
            } else {
                kernel.run(sources: sources, destination: destination, spans: spans, isCompact: false)
            }
        }
    }

    /// Below this a wake-up costs more than it saves.
    private static let worthwhileWork = 60_000

    static func divide(_ step: SpatialStep, among threads: Int) -> [WorkPartition] {
        let d = step.destination, pixels = d.height * d.width
        let whole = WorkPartition(spans: d.rows, slices: nil)
        let work = max(step.macs / d.images, pixels * d.channels * 4)
        guard threads > 1, work >= worthwhileWork else { return [whole] }
        let slices = step.kernel.channelSlices
        if pixels < 16 * threads, slices > 1 {
            return (0..<threads).map { WorkPartition(spans: whole.spans, slices: slices * $0 / threads..<slices * ($0 + 1) / threads) }
        }
        guard pixels >= 2 * threads else { return [whole] }
        return (0..<threads).map { part in
            WorkPartition(spans: cut(width: d.width, from: pixels * part / threads, to: pixels * (part + 1) / threads), slices: nil)
        }
    }

    /// Pixels [from, to) of an image of `width`, as spans.
    private static func cut(width: Int, from: Int, to: Int) -> [dv_span] {
        var spans: [dv_span] = [], at = from
        while at < to {
            let row = at / width, end = min(to, (row + 1) * width)
            spans.append(dv_span(row: Int32(row), begin: Int32(at - row * width), end: Int32(end - row * width)))
            at = end
        }
        return spans
    }
}
