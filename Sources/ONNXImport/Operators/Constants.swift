import Inference
import ONNXProto
import Tensors

/// Constant, which leaves no node behind, Dropout, which does nothing at inference, and what is known from shapes alone.
extension OperatorRegistry {
    static var constants: [String: OperatorEntry] {
        [
            "Constant": OperatorEntry(0...0) { node throws(ImportError) in
                let (tensor, type) = try node.constantValue()
                if let output = node.outputs[0] { node.graph.setConstant(tensor, for: output, type: type) }
                return nil
            },
            "Dropout": OperatorEntry(1...3, outputs: 1...2) { node throws(ImportError) in try node.dropout() },
            "Shape": OperatorEntry(1...1) { node throws(ImportError) in
                ShapeOf(start: try node.attributes.int("start") ?? 0, end: try node.attributes.int("end"))
            },
            "Size": OperatorEntry(1...1, SizeOf()),
            "Range": OperatorEntry(3...3, since: 11, RangeOf()),
            "ConstantOfShape": OperatorEntry(1...1, since: 9) { node throws(ImportError) in
                let value = try node.attributes.tensor("value")?.tensor ?? Tensor(scalar: Float(0))
                guard value.shape.elementCount == 1 else {
                    throw node.error(.invalidGraph, "value must have one element, not \(value.shape)")
                }
                return ConstantOfShape(value: value)
            },
        ]
    }
}

extension NodeImport {
    fileprivate mutating func constantValue() throws(ImportError) -> (Tensor, DataType) {
        if let value = try attributes.tensor("value") { return value }
        if let value = try attributes.float("value_float") { return (Tensor(scalar: value), DataType(.float)) }
        if let values = try attributes.floats("value_floats") { return (Tensor([values.count], values), DataType(.float)) }
        if let value = try attributes.int("value_int") { return (Tensor(scalar: Int64(value)), DataType(.int64)) }
        if let values = try attributes.ints("value_ints") {
            return (Tensor([values.count], values.map { Int64($0) }), DataType(.int64))
        }
        for name in ["value_string", "value_strings", "sparse_value"] where attributes.has(name) {
            throw error(.unsupportedType, "\(name) is not supported: the engine knows dense numbers only")
        }
        throw error(.invalidGraph, "it has no value")
    }

    fileprivate mutating func dropout() throws(ImportError) -> Unary {
        attributes.ignore("ratio", "seed", "is_test")
        if input(2) != nil {
            guard let value = constant(2), value.elementType == .bool, value.elements(of: Bool.self) == [false] else {
                throw error(.unsupportedOperator, "training mode is not supported: export the model for inference (model.eval())")
            }
        }
        if outputs.count > 1, let mask = outputs[1] {
            guard opset >= 10 else {
                throw error(.unsupportedOperator, "its mask is not defined at inference before opset 10, but something reads it")
            }
            // Nothing is dropped: all true, in the input's shape.
            let shape = graph.fresh("\(context.name).shape")
            graph.nodes.append(Node(name: context.name + ".shape", kind: "Shape", op: ShapeOf(), inputs: [inputs[0]], outputs: [shape]))
            let op = ConstantOfShape(value: Tensor(scalar: true))
            graph.nodes.append(Node(name: context.name + ".mask", kind: "ConstantOfShape", op: op, inputs: [shape], outputs: [mask]))
        }
        (inputs, outputs) = ([inputs[0]], [outputs[0]])
        return Unary(.identity)
    }
}
