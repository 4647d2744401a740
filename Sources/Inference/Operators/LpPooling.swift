import CKernels
import Glibc
import Tensors

/// ONNX LpPool: (Σ |x|^p)^(1/p) over every window; what lies outside counts as 0. O(output × window), one contiguous run per tap and row.
public struct LpPooling: Operator {
    public var order: Int
    public var kernel, strides, dilations: [Int]
    public var padding: Padding
    public var ceilMode: Bool
    public init(
        order: Int = 2, kernel: [Int], strides: [Int] = [], dilations: [Int] = [], padding: Padding = .explicit([]), ceilMode: Bool = false
    ) {
        (self.order, self.kernel, self.strides, self.dilations) = (order, kernel, strides, dilations)
        (self.padding, self.ceilMode) = (padding, ceilMode)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        guard order > 0 else { throw OperatorError("p = \(order) is not positive") }
        guard let shape = x.shape else { return [ValueFacts(.float32, nil)] }
        let output = try geometry(shape).output
        return [ValueFacts(.float32, try Shape(checking: [shape[0], shape[1]] + output))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, geometry = try geometry(inputs[0].shape)
        let rows = WindowRows(geometry)
        let powers = power(inputs[0], Float(order))
        let sums = Tensor(shape, of: Float.self) { out in
            for plane in 0..<(shape[0] * shape[1]) {
                let from = powers.pointer(of: Float.self) + plane * geometry.inputCount
                let to = out.baseAddress! + plane * geometry.outputCount
                rows.forEach { row in
                    addScaled(1, from + row.input, step: rows.inputStep, to: to + row.output, step: 1, count: row.count)
                }
            }
        }
        return [order == 2 ? mapElements(sums) { (x: Float) in x.squareRoot() } : power(sums, 1 / Float(order))]
    }

    private func geometry(_ shape: Shape) throws(OperatorError) -> SpatialGeometry {
        try checkImage(shape, "X")
        return try SpatialGeometry(
            input: shape.spatial, kernel: kernel, strides: strides, dilations: dilations, padding: padding, ceilMode: ceilMode)
    }

    private func power(_ x: Tensor, _ exponent: Float) -> Tensor {
        if exponent == 1 { return mapElements(x) { (x: Float) in x.magnitude } }
        if exponent == 2 { return mapElements(x) { (x: Float) in x * x } }
        return mapElements(x) { (x: Float) in powf(x.magnitude, exponent) }
    }
}

/// ONNX GlobalLpPool: (Σ |x|^p)^(1/p) over each plane. O(n), sums in double.
public struct GlobalLpPooling: Operator {
    public var order: Int
    public init(order: Int = 2) { self.order = order }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        guard order > 0 else { throw OperatorError("p = \(order) is not positive") }
        guard let shape = x.shape else { return [ValueFacts(.float32, nil)] }
        guard shape.rank >= 2 else { throw OperatorError("X has shape \(shape), fewer than 2 axes") }
        return [ValueFacts(.float32, Shape([shape[0], shape[1]] + shape.spatial.map { _ in 1 }))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let x = inputs[0].pointer(of: Float.self), plane = inputs[0].shape.spatial.reduce(1, *)
        let exponent = Double(order)
        let result = Tensor(inputs.shape, of: Float.self) { out in
            for index in out.indices {
                var sum = 0.0
                for i in index * plane..<(index + 1) * plane {
                    let size = Double(x[i].magnitude)
                    sum += order == 2 ? size * size : pow(size, exponent)
                }
                out[index] = Float(order == 2 ? sum.squareRoot() : pow(sum, 1 / exponent))
            }
        }
        return [result]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard order == 2, node.isSpatial(0), let x = node.input(0), let from = node.shape(0), from.rank == 4 else { return nil }
        return .step(reading: [(x, .whole)]) { _ in EuclideanPoolingKernel(height: from[2], width: from[3], channels: from[1]) }
    }
}

/// GlobalLpPool with p = 2: one output pixel, each channel's Euclidean norm.
private struct EuclideanPoolingKernel: SpatialKernel {
    let height, width, channels: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        guard !spans.isEmpty else { return }
        let origin = [Float](repeating: 0, count: channels), out = destination.base!
        dv_mean_squares(Int32(height), Int32(width), Int32(channels), origin, sources[0], out)
        for channel in 0..<channels { out[channel] = (out[channel] * Float(height * width)).squareRoot() }
    }

    /// The derivative by a value is its share of the norm, and the squares of these come to 1: a pixel has its part of that.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let pixels = Float(height * width)
        return [importance.map { $0 / pixels }]
    }
}
