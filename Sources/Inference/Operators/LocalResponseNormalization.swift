import Glibc
import Tensors

/// ONNX LRN across channels: x / (bias + alpha/size · Σ x²)^beta over `size` neighbouring channels.
public struct LocalResponseNormalization: Operator {
    public var size: Int
    public var alpha: Float
    public var beta: Float
    public var bias: Float
    public init(size: Int, alpha: Float = 1e-4, beta: Float = 0.75, bias: Float = 1) {
        (self.size, self.alpha, self.beta, self.bias) = (size, alpha, beta, bias)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard size > 0 else { throw OperatorError("size \(size) is not positive") }
        let x = try inputs.operand(0, "X", [.float32])
        if let shape = x.shape, shape.rank < 2 { throw OperatorError("X has shape \(shape), fewer than 2 axes") }
        return [ValueFacts(.float32, x.shape)]
    }

    /// O(n × size), plane by plane.
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        let (channels, plane) = (shape[1], shape.spatial.reduce(1, *))
        let (before, after) = (min((size - 1) / 2, channels), min(size / 2, channels))
        let scale = alpha / Float(size)
        return [
            Tensor(shape, of: Float.self) { out in
                x.withElements(of: Float.self) { x in
                    guard !out.isEmpty else { return }
                    for image in 0..<shape[0] {
                        let (from, to) = (x.baseAddress! + image * channels * plane, out.baseAddress! + image * channels * plane)
                        for channel in 0..<channels {
                            let y = to + channel * plane
                            for neighbour in max(channel - before, 0)...min(channel + after, channels - 1) {
                                let z = from + neighbour * plane
                                for i in 0..<plane { y[i] += z[i] * z[i] }
                            }
                            let own = from + channel * plane
                            for i in 0..<plane { y[i] = own[i] / powf(bias + scale * y[i], beta) }
                        }
                    }
                }
            }
        ]
    }
}
