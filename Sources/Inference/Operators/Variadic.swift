import Tensors

/// ONNX Sum, Mean, Min, Max over any number of inputs, with broadcasting.
public struct Variadic: Operator {
    public enum Function: String, Sendable, Hashable { case sum, mean, minimum, maximum }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let types = function == .mean ? [.float32] : ElementType.numeric
        var result = try inputs.operand(0, "data_0", types)
        for index in inputs.indices.dropFirst() {
            let next = try inputs.operand(index, "data_\(index)", types)
            guard next.elementType == result.elementType else {
                throw OperatorError("data_\(index) is \(next.elementType) but data_0 is \(result.elementType)")
            }
            if let a = result.shape, let b = next.shape {
                result.shape = try a.checkedBroadcast(with: b)
            } else {
                result.shape = nil
            }
        }
        return [ValueFacts(result.elementType, result.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        var result = try inputs.required(0, "data_0")
        for index in inputs.indices.dropFirst() {
            result = try Binary(pairwise).evaluate([result, inputs[index]])[0]
        }
        if function == .mean && inputs.count > 1 {
            let count = Float(inputs.count)
            result = mapElements(result) { (x: Float) in x / count }
        }
        return [result]
    }

    private var pairwise: Binary.Function {
        switch function {
        case .sum, .mean: .add
        case .minimum: .minimum
        case .maximum: .maximum
        }
    }
}
