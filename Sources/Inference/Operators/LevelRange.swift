import CKernels
import Tensors

/// The least and the greatest value of each row of an image, zero among them: [N, C, H, W] → [N, 2, H, 1]; of a tensor that is no image, of all
/// of it: [1, 2, 1, 1]. NaN is left out. O(n).
///
/// No ONNX operator: `fuseDynamicQuantization` makes it and `LevelRange` of DynamicQuantizeLinear. Two steps, because rows can be divided among
/// threads and bands, and those that did not change need not be looked at again.
public struct RowExtremes: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", [.float32])
        return [ValueFacts(.float32, x.shape.map { $0.rank == 4 ? [$0[0], 2, $0[2], 1] : [1, 2, 1, 1] })]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let x = inputs[0].shape, isImage = x.rank == 4, values = inputs[0].pointer(of: Float.self)
        let (images, channels, rows, width) = isImage ? (x[0], x[1], x[2], x[3]) : (1, 1, 1, x.elementCount)
        let result = Tensor(inputs.shape, of: Float.self) { out in
            for image in 0..<images {
                for y in 0..<rows {
                    var (least, greatest) = (Float(0), Float(0))
                    for c in 0..<channels {
                        let found = extremes(values + ((image * channels + c) * rows + y) * width, count: width)
                        (least, greatest) = (min(least, found.least), max(greatest, found.greatest))
                    }
                    (out[image * 2 * rows + y], out[(image * 2 + 1) * rows + y]) = (least, greatest)
                }
            }
        }
        return [result]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), let x = node.input(0), let shape = node.shape(0), shape.rank == 4, shape.elementCount > 0 else {
            return nil
        }
        let field = ReceptiveField.table(rows: (0..<shape[2]).map { ($0, $0) }, columns: [(0, shape[3] - 1)])
        return .step(reading: [(x, field)]) { _ in RowExtremesKernel(channels: shape[1], width: shape[3]) }
    }
}

/// Of consecutive values, and zero.
func extremes(_ values: UnsafePointer<Float>, count: Int) -> (least: Float, greatest: Float) {
    var result = (least: Float(0), greatest: Float(0)), found: (Float, Float) = (0, 0), row = dv_span(row: 0, begin: 0, end: 1)
    // One row with one pixel whose channels are the values, in pieces whose number a kernel can count.
    for start in stride(from: 0, to: count, by: 1 << 20) {
        let source = Image(base: UnsafeMutablePointer(mutating: values) + start, row: 0, pixel: 0)
        withUnsafeMutableBytes(of: &found) { bytes in
            let destination = Image(base: bytes.baseAddress!.assumingMemoryBound(to: Float.self), row: 0, pixel: 0)
            dv_row_extremes(1, Int32(min(count - start, 1 << 20)), source, destination, &row, 1, 0)
        }
        result = (min(result.least, found.0), max(result.greatest, found.1))
    }
    return result
}

private struct RowExtremesKernel: SpatialKernel {
    let channels, width: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        dv_row_extremes(
            Int32(width), Int32(channels), sources[0], destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
    }

    /// Any of a row's values may be the one that is found.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        [Array(repeating: (importance[0] + importance[1]) / Float(channels * width), count: channels)]
    }
}

/// Scale and zero point, as DynamicQuantizeLinear finds them, by what `RowExtremes` found: [N, 2, H, 1] → [1, 2, 1, 1], the scale first.
public struct LevelRange: Operator {
    public init() {}

    /// - Parameters: the least value, not above zero, and the greatest, not below.
    static func range(_ least: Float, _ greatest: Float) -> (scale: Float, zero: UInt8) {
        let range = (greatest - least) / 255, scale = range == 0 ? 1 : range
        let zero = (-least / scale).clamped(0, 255).rounded(.toNearestOrEven)
        // An infinite element leaves no zero point.
        return (scale, zero.isNaN ? 0 : UInt8(zero))
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "extremes", [.float32])
        if let shape = x.shape, shape.rank != 4 || shape[1] != 2 { throw OperatorError("extremes have shape \(shape)") }
        return [ValueFacts(.float32, [1, 2, 1, 1])]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let shape = inputs[0].shape, values = inputs[0].pointer(of: Float.self), rows = shape[2] * shape[3]
        var (least, greatest) = (Float(0), Float(0))
        for image in 0..<shape[0] {
            least = min(least, extremes(values + image * 2 * rows, count: rows).least)
            greatest = max(greatest, extremes(values + (image * 2 + 1) * rows, count: rows).greatest)
        }
        let (scale, zero) = Self.range(least, greatest)
        return [Tensor([1, 2, 1, 1], [scale, Float(zero)])]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        // The images of a batch have one range, and a kernel sees one of them. Row-major or not: there are few.
        guard let x = node.input(0), let shape = node.shape(0), shape[0] == 1, shape[3] == 1 else { return nil }
        return .step(reading: [(x, .whole)]) { _ in LevelRangeKernel(rows: shape[2]) }
    }
}

private struct LevelRangeKernel: SpatialKernel {
    let rows: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        guard !spans.isEmpty else { return }
        let source = sources[0]
        var (least, greatest) = (Float(0), Float(0))
        for y in 0..<rows {
            let pixel = source.base + y * Int(source.row)
            (least, greatest) = (min(least, pixel[0]), max(greatest, pixel[1]))
        }
        let (scale, zero) = LevelRange.range(least, greatest)
        (destination.base[0], destination.base[1]) = (scale, Float(zero))
    }

    /// One of the rows decides: a 255th of it is the scale, by which the zero point is counted.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let square = max(layer.meanSquares(layer.destination)[0], .leastNormalMagnitude), scale = importance[0] / (255 * 255)
        return [[scale + importance[1] / square, scale].map { $0 / Float(rows) }]
    }
}
