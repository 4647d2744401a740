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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let x = try inputs.required(0, "input")
        let (outer, extent, inner) = try sizes(shape)
        var largest = [Float](repeating: 0, count: inner)
        var sums = largest
        return [
            Tensor(shape, of: Float.self) { out in
                guard !out.isEmpty else { return }
                x.withElements(of: Float.self) { x in
                    if inner == 1 { return dv_softmax(x.baseAddress!, out.baseAddress!, Int64(extent), Int64(outer), logarithm ? 1 : 0) }
                    largest.withUnsafeMutableBufferPointer { largest in
                        sums.withUnsafeMutableBufferPointer { sums in
                            for block in 0..<outer {
                                let offset = block * extent * inner
                                normalize(
                                    x.baseAddress! + offset, out.baseAddress! + offset, extent, inner, largest.baseAddress!,
                                    sums.baseAddress!)
                            }
                        }
                    }
                }
            }
        ]
    }

    /// One [extent × inner] block, normalized down its columns.
    private func normalize(
        _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ extent: Int, _ inner: Int,
        _ largest: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>
    ) {
        for i in 0..<inner { (largest[i], sums[i]) = (x[i], 0) }
        for row in 1..<max(extent, 1) {
            let from = x + row &* inner
            for i in 0..<inner { largest[i] = Float.larger(largest[i], from[i]) }
        }
        for row in 0..<extent {
            let (from, to) = (x + row &* inner, y + row &* inner)
            for i in 0..<inner {
                let shifted = from[i] - largest[i]
                let power = expf(shifted)
                to[i] = logarithm ? shifted : power
                sums[i] += power
            }
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

    private func sizes(_ shape: Shape) throws(OperatorError) -> (outer: Int, extent: Int, inner: Int) {
        if flattens {
            // The old form also allows axis = rank: every element alone.
            let split = axis < 0 ? axis + shape.rank : axis
            guard split >= 0, split <= shape.rank else { throw OperatorError("axis \(axis) is outside of shape \(shape)") }
            return (Shape(Array(shape.dims[..<split])).elementCount, Shape(Array(shape.dims[split...])).elementCount, 1)
        }
        if shape.rank == 0 && (axis == 0 || axis == -1) { return (1, 1, 1) }
        return shape.split(at: try shape.checked(axis: axis))
    }
}
