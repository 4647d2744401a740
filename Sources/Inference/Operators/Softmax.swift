import CKernels
import Glibc
import Tensors

/// ONNX Softmax and LogSoftmax. Opset < 13 flattens to 2-D at `axis` (`flattens`).
///
/// The maximum is subtracted first, so no input overflows. O(n), in rows of the axes after `axis`.
public struct Softmax: Operator {
    public var axis: Int
    public var flattens: Bool
    public var logarithm: Bool
    public init(axis: Int = -1, flattens: Bool = false, logarithm: Bool = false) {
        (self.axis, self.flattens, self.logarithm) = (axis, flattens, logarithm)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input", [.float32])
        if let shape = x.shape { _ = try sizes(shape) }
        return [ValueFacts(.float32, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (outer, extent, inner) = try sizes(inputs.shape)
        let x = inputs[0].pointer(of: Float.self)
        var largest = [Float](repeating: 0, count: inner)
        var (sums, scratch) = (largest, largest)
        let result = Tensor(inputs.shape, of: Float.self) { out in
            let y = out.baseAddress!
            if inner == 1 { return dv_softmax(x, y, Int64(extent), Int64(outer), logarithm ? 1 : 0) }
            for offset in stride(from: 0, to: out.count, by: extent * inner) {
                normalize(x + offset, y + offset, extent, inner, &largest, &sums, &scratch)
            }
        }
        return [result]
    }

    /// Over the channels of an image's pixels.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard !flattens, node.isSpatial(0), let x = node.input(0), let shape = node.shape(0), shape.rank == 4,
            shape.normalized(axis: axis) == 1, shape[1] > 0
        else { return nil }
        return .pixelwise(x) { PixelSoftmaxKernel(channels: shape[1], logarithm: logarithm) }
    }

    /// One [extent × inner] block, normalized down its columns.
    private func normalize(
        _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ extent: Int, _ inner: Int,
        _ largest: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) {
        for i in 0..<inner { (largest[i], sums[i]) = (x[i], 0) }
        for row in 1..<max(extent, 1) {
            let from = x + row &* inner
            for i in 0..<inner { largest[i] = Float.larger(largest[i], from[i]) }
        }
        for row in 0..<extent {
            let (from, to) = (x + row &* inner, y + row &* inner)
            for i in 0..<inner { to[i] = from[i] - largest[i] }
            let powers = logarithm ? scratch : to
            Unary.Function.exp.apply(to, to: powers, count: inner)
            for i in 0..<inner { sums[i] += powers[i] }
        }
        for i in 0..<inner { sums[i] = logarithm ? logf(sums[i]) : 1 / sums[i] }
        for row in 0..<extent {
            let to = y + row &* inner
            if logarithm {
                for i in 0..<inner { to[i] -= sums[i] }
            } else {
                for i in 0..<inner { to[i] *= sums[i] }
            }
        }
    }

    fileprivate func sizes(_ shape: Shape) throws(OperatorError) -> (outer: Int, extent: Int, inner: Int) {
        if flattens {
            // The old form also allows axis = rank: every element alone.
            let (rows, columns) = try shape.cut(before: axis)
            return (rows.elementCount, columns.elementCount, 1)
        }
        if shape.rank == 0 && (axis == 0 || axis == -1) { return (1, 1, 1) }
        return shape.split(at: try shape.checked(axis: axis))
    }
}

private struct PixelSoftmaxKernel: SpatialKernel {
    let channels: Int
    let logarithm: Bool

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        let source = sources[0]
        var done = 0
        for span in spans {
            for x in Int(span.begin)..<Int(span.end) {
                let place = isCompact ? done * Int(destination.pixel) : Int(span.row) * Int(destination.row) + x * Int(destination.pixel)
                dv_softmax(
                    source.base + Int(span.row) * Int(source.row) + x * Int(source.pixel), destination.base + place, Int64(channels), 1,
                    logarithm ? 1 : 0)
                done += 1
            }
        }
    }

    /// With outputs s, ∂sᵢ/∂xⱼ = sᵢ(δᵢⱼ − sⱼ); of its logarithm δᵢⱼ − sⱼ, of which the first term is kept.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        guard !logarithm else { return [importance] }
        let squares = layer.meanSquares(layer.destination), shared = zip(importance, squares).reduce(0) { $0 + $1.0 * $1.1 }
        return [zip(importance, squares).map { $1 * ($0 + shared) }]
    }
}

/// ONNX Hardmax: one where the first largest element of a row lies, zero elsewhere. Rows as `Softmax`'s. O(n).
public struct Hardmax: Operator {
    private let rows: Softmax
    public init(axis: Int = -1, flattens: Bool = false) { rows = Softmax(axis: axis, flattens: flattens) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] { try rows.outputs(for: inputs) }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (outer, extent, inner) = try rows.sizes(inputs.shape)
        let places: [Int64] = try ArgMax(axis: 1).evaluate([inputs[0].reshaped(to: [outer, extent, inner])])[0].elements()
        let result = Tensor(inputs.shape, of: Float.self) { out in
            for (line, place) in places.enumerated() { out[(line / inner * extent + Int(place)) * inner + line % inner] = 1 }
        }
        return [result]
    }
}
