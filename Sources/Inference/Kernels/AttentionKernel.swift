import CKernels
import Tensors

/// `TokenAttention` on images. A token's sums run over all keys in order, whatever other tokens are computed: same token, same bits.
final class AttentionKernel: SpatialKernel {
    private let op: TokenAttention
    private let queryWidth, queriesEach, keyWidth, valueWidth, keysEach: Int
    /// The mask's steps for each batch, head, query and key.
    private let maskSteps: [Int]
    /// Floats of scores that stay in L2: 256 KB.
    private static let scoreFloats = 64 * 1024

    init(op: TokenAttention, queryWidth: Int, queriesEach: Int, keyWidth: Int, valueWidth: Int, keysEach: Int) {
        (self.op, self.queryWidth, self.queriesEach) = (op, queryWidth, queriesEach)
        (self.keyWidth, self.valueWidth, self.keysEach) = (keyWidth, valueWidth, keysEach)
        maskSteps = op.mask.map { $0.shape.strides(broadcastTo: [op.batches, op.heads, queriesEach, keysEach]) } ?? []
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        var tokens: [(index: Int, place: UnsafeMutablePointer<Float>)] = []
        var done = 0
        for span in spans {
            for x in Int(span.begin)..<Int(span.end) {
                let place = isCompact ? done * Int(destination.pixel) : Int(span.row) * Int(destination.row) + x * Int(destination.pixel)
                tokens.append((Int(span.row) * queryWidth + x, destination.base + place))
                done += 1
            }
        }
        var first = 0
        while first < tokens.count {
            let batch = tokens[first].index / queriesEach
            let last = tokens[first...].firstIndex { $0.index / queriesEach != batch } ?? tokens.count
            for head in 0..<op.heads { attend(sources, batch, head, tokens[first..<last]) }
            first = last
        }
    }

    /// One head of one batch, for these queries.
    private func attend(
        _ sources: UnsafePointer<Image>, _ batch: Int, _ head: Int, _ tokens: ArraySlice<(index: Int, place: UnsafeMutablePointer<Float>)>
    ) {
        let keys = PackedOperand(columns: keysEach, depth: op.query.count), values = PackedOperand(columns: op.value.count, depth: keysEach)
        for token in 0..<keysEach {
            let index = batch * keysEach + token
            keys.setColumn(token, Self.pixel(index, of: sources[1], width: keyWidth) + op.key.first + head * op.key.step, factor: op.scale)
            values.setRow(token, Self.pixel(index, of: sources[2], width: valueWidth) + op.value.first + head * op.value.step)
        }
        let block = max(6, min(tokens.count, Self.scoreFloats / max(1, keysEach))), size = op.value.count, depth = op.query.count
        withUnsafeTemporaryAllocation(of: Float.self, capacity: block * (keysEach + size + depth)) { memory in
            let scores = memory.baseAddress!, results = scores + block * keysEach, queries = results + block * size
            for start in stride(from: tokens.startIndex, to: tokens.endIndex, by: block) {
                let part = tokens[start..<min(start + block, tokens.endIndex)]
                for (row, token) in part.enumerated() {
                    let query = Self.pixel(token.index, of: sources[0], width: queryWidth) + op.query.first + head * op.query.step
                    (queries + row * depth).update(from: query, count: depth)
                }
                keys.multiply(queries, rows: part.count, into: scores)
                addMask(to: scores, batch, head, part)
                dv_softmax(scores, scores, Int64(keysEach), Int64(part.count), 0)
                values.multiply(scores, rows: part.count, into: results)
                for (row, token) in part.enumerated() { (token.place + head * size).update(from: results + row * size, count: size) }
            }
        }
    }

    /// The channels of a token.
    private static func pixel(_ token: Int, of image: Image, width: Int) -> UnsafeMutablePointer<Float> {
        let (y, x) = token.quotientAndRemainder(dividingBy: width)
        return image.base + y * Int(image.row) + x * Int(image.pixel)
    }

    private func addMask(
        to scores: UnsafeMutablePointer<Float>, _ batch: Int, _ head: Int,
        _ tokens: ArraySlice<(index: Int, place: UnsafeMutablePointer<Float>)>
    ) {
        guard let mask = op.mask else { return }
        let base = mask.pointer(of: Float.self) + batch * maskSteps[0] + head * maskSteps[1], step = maskSteps[3]
        for (row, token) in tokens.enumerated() {
            let (from, to) = (base + token.index % queriesEach * maskSteps[2], scores + row * keysEach)
            for i in 0..<keysEach { to[i] += from[i &* step] }
        }
    }

    /// As if every token looked mostly at one: a value's change is worth what the outputs' is, and a query's or key's as much as its head's
    /// mean.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        func spread(_ source: Int, _ channels: TokenAttention.Channels, _ value: (_ head: Int, _ channel: Int) -> Float) -> [Float] {
            var result = [Float](repeating: 0, count: layer.sources[source].channels)
            for head in 0..<op.heads {
                for c in 0..<channels.count { result[channels.first + head * channels.step + c] += value(head, c) }
            }
            return result
        }
        let size = op.value.count
        let means = (0..<op.heads).map { importance[$0 * size..<($0 + 1) * size].reduce(0, +) / Float(size) }
        return [
            spread(0, op.query) { head, _ in means[head] }, spread(1, op.key) { head, _ in means[head] },
            spread(2, op.value) { importance[$0 * size + $1] },
        ]
    }
}

/// The second operand of a product of matrices, packed as the weights of a 1×1 convolution: [depth × columns].
final class PackedOperand {
    private let columns, depth, width: Int
    private let floats: AlignedFloats
    private let zeros: [Float]

    init(columns: Int, depth: Int) {
        (self.columns, self.depth) = (columns, depth)
        width = 16 * min(Int(dv_panel_limit()), (columns + 15) / 16)
        floats = AlignedFloats(count: depth * ((columns + width - 1) / width * width))
        zeros = [Float](repeating: 0, count: width)
    }

    /// Where element (0, column) lies, and how far the next of its column is.
    @inline(__always)
    private func place(_ column: Int) -> (start: UnsafeMutablePointer<Float>, step: Int) {
        let panel = column / width, own = min(width, (columns - panel * width + 15) / 16 * 16)
        return (floats.base + panel * width * depth + column % width, own)
    }

    func setColumn(_ column: Int, _ values: UnsafePointer<Float>, factor: Float) {
        let (start, step) = place(column)
        for k in 0..<depth { start[k &* step] = values[k] * factor }
    }

    func setRow(_ row: Int, _ values: UnsafePointer<Float>) {
        for first in stride(from: 0, to: columns, by: width) {
            let (start, step) = place(first)
            (start + row * step).update(from: values + first, count: min(width, columns - first))
        }
    }

    /// into [rows × columns] = a [rows × depth] · this. O(rows × depth × columns).
    func multiply(_ a: UnsafePointer<Float>, rows: Int, into result: UnsafeMutablePointer<Float>) {
        let source = Image(base: UnsafeMutablePointer(mutating: a), row: 0, pixel: Int64(depth)), tap: [Int64] = [0]
        for first in stride(from: 0, to: columns, by: width) {
            let count = min(width, columns - first), destination = Image(base: result + first, row: 0, pixel: Int64(columns))
            zeros.withUnsafeBufferPointer { zeros in
                tap.withUnsafeBufferPointer { tap in
                    withUnsafePointer(to: dv_panel(first_vector: 0, vectors: Int32((count + 15) / 16), weights: 0)) { panel in
                        var layer = dv_convolution()
                        (layer.taps, layer.depth, layer.tap_offsets) = (1, Int32(depth), tap.baseAddress)
                        (layer.weights, layer.bias) = (UnsafePointer(floats.base + first * depth), zeros.baseAddress)
                        (layer.panels, layer.panel_count, layer.channels) = (panel, 1, Int32(count))
                        (layer.source_pixel, layer.block) = (Int64(depth), 768)
                        var span = dv_span(row: 0, begin: 0, end: Int32(rows))
                        dv_convolve(&layer, source, destination, Image(), &span, 1, 0, 1, 0)
                    }
                }
            }
        }
    }
}
