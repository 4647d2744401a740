import Tensors

/// Images [N, C, H, W] as rows of C values, one a pixel, image after image of the inputs: [N, ΣH·W, C].
///
/// What detectors end with. No ONNX operator: `moveTransposesUp` puts it where Transpose, Reshape and Concat were, for NHWC
/// memory holds these rows already.
public struct PixelRows: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        var rows = 0, result: Shape?
        for index in inputs.indices {
            guard let shape = try inputs.operand(index, "inputs[\(index)]").shape else { return [ValueFacts(.float32, nil)] }
            guard shape.rank == 4, result == nil || result![0] == shape[0] && result![2] == shape[1] else {
                throw OperatorError("inputs[\(index)] has shape \(shape), which does not continue \(result.map(\.description) ?? "images")")
            }
            rows += shape[2] * shape[3]
            result = [shape[0], rows, shape[1]]
        }
        return [ValueFacts(.float32, result)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        var parts: [Tensor] = []
        for case let input? in inputs {
            let pixels = try Transpose(permutation: [0, 2, 3, 1]).evaluate([input])[0], shape = input.shape
            parts.append(pixels.reshaped(to: [shape[0], shape[2] * shape[3], shape[1]]))
        }
        return try Concat(axis: 1).evaluate(parts)
    }
}
