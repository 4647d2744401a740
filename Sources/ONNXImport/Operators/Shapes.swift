import Inference
import Tensors

extension OperatorRegistry {
    static var shapes: [String: OperatorEntry] {
        [
            "Shape": OperatorEntry(1...1) { node throws(ImportError) in
                ShapeOf(start: try node.attributes.int("start") ?? 0, end: try node.attributes.int("end"))
            },
            "Size": OperatorEntry(1...1) { _ throws(ImportError) in SizeOf() },
            "Range": OperatorEntry(3...3, since: 11) { _ throws(ImportError) in RangeOf() },
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
