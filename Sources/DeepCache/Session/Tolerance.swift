import Inference

/// What a change in each channel of each layer is worth at the outputs.
///
/// One backward pass over the plan with squared coefficients, from the outputs down to the first layer; slopes of activations
/// and gates are taken from the stored activations. A layer's weights · Δ² then estimates the squared change of the
/// outputs, summed over their pixels, that withholding Δ at one pixel costs: one unit, in which one tolerance serves
/// all layers of all models.
struct Sensitivity {
    /// Per step and destination channel, padded with zeros to whole vectors; nil for steps that write no image.
    let weights: [AlignedFloats?]

    /// - Parameter outputWeights: what a squared change in each channel of an output is worth, by their number; nil is all alike, with a sum of 1.
    /// - Complexity: O(weights + activations of the model), some milliseconds.
    init(_ plan: Plan, _ memory: ActivationMemory, outputWeights: (Int) -> [Float]?) {
        var buffers = plan.buffers.map { [Float](repeating: 0, count: $0.pixel) }
        func add(_ values: [Float], to reference: SpatialRef) {
            for (c, value) in values.enumerated() { buffers[reference.buffer][reference.channelOffset + c] += value }
        }
        for case .toRowMajor(let copy) in plan.steps {
            let source = copy.source
            add(outputWeights(source.channels) ?? Array(repeating: 1 / Float(source.channels), count: source.channels), to: source)
        }
        let read = plan.readBuffers
        var weights = [AlignedFloats?](repeating: nil, count: plan.steps.count)
        for index in plan.steps.indices.reversed() {
            guard let d = plan.steps[index].destination else { continue }
            let importance = (0..<d.channels).map { buffers[d.buffer][d.channelOffset + $0] }
            let padded = AlignedFloats(count: d.channels)
            padded.base.update(from: importance, count: d.channels)
            weights[index] = padded
            guard case .spatial(let step) = plan.steps[index] else { continue }
            let slopes = Self.slopes(step, memory, isOutput: !read.contains(d.buffer))
            let layer = LayerStatistics(sources: step.sources, destination: d, slopes: slopes) { memory.meanSquares($0) }
            let gains = step.kernel.importance(ofSourcesFrom: zip(importance, slopes).map { $0 * $1 }, layer)
            for (source, gain) in zip(step.sources, gains) { add(gain, to: source) }
        }
        self.weights = weights
    }

    /// Mean squared slope per channel. An output's sigmoid counts with its steepest slope: that is where scores are decided.
    private static func slopes(_ step: SpatialStep, _ memory: ActivationMemory, isOutput: Bool) -> [Float] {
        let activation = step.kernel.activation, channels = step.destination.channels
        if activation == .identity { return Array(repeating: 1, count: channels) }
        if isOutput, activation == .sigmoid { return Array(repeating: 1 / 16, count: channels) }
        return memory.meanSquaredSlopes(step.destination, of: activation)
    }
}

/// How much more than elsewhere may be withheld in each part of the picture: a factor for every cell of 32 × 32 input pixels.
///
/// Scores far from the threshold can move a lot before an answer changes; those near it cannot.
public final class ToleranceMap {
    /// Side of a cell in input pixels: the coarsest stride of the usual networks.
    public static let cell = 32

    public let rows: Int
    public let columns: Int
    /// Factors of the tolerance's square, row by row.
    let squares: AlignedFloats

    init(height: Int, width: Int) {
        rows = (height + Self.cell - 1) / Self.cell
        columns = (width + Self.cell - 1) / Self.cell
        squares = AlignedFloats(count: rows * columns)
        fill(1)
    }

    /// Gives every cell the same factor (≥ 0).
    public func fill(_ factor: Float) { squares.base.update(repeating: factor * factor, count: rows * columns) }

    /// Lowers the cells that a rectangle of input pixels touches to `factor` at most.
    public func limit(to factor: Float, left: Float, top: Float, right: Float, bottom: Float) {
        guard left <= right, top <= bottom else { return }
        let side = Float(Self.cell)
        func index(_ value: Float, _ count: Int) -> Int { Int(min(max(value / side, 0), Float(count - 1))) }
        for row in index(top, rows)...index(bottom, rows) {
            for column in index(left, columns)...index(right, columns) {
                let cell = squares.base + row * columns + column
                cell.pointee = min(cell.pointee, factor * factor)
            }
        }
    }
}

/// In which cell of the map each row and column of a layer lies.
final class CellTable {
    let rows: UnsafeMutablePointer<Int32>
    let columns: UnsafeMutablePointer<Int32>

    /// Nil for layers coarser than the map, one pixel of which sees many cells.
    init?(_ map: ToleranceMap, height: Int, width: Int) {
        guard height >= map.rows, width >= map.columns else { return nil }
        rows = .allocate(capacity: height)
        columns = .allocate(capacity: width)
        for y in 0..<height { rows[y] = Int32(y * map.rows / height * map.columns) }
        for x in 0..<width { columns[x] = Int32(x * map.columns / width) }
    }

    deinit {
        rows.deallocate()
        columns.deallocate()
    }
}
