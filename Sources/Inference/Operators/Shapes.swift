import Tensors

/// ONNX Shape (with opset-15 start/end).
public struct ShapeOf: Operator {
    public var start: Int
    public var end: Int?
    public init(start: Int = 0, end: Int? = nil) { (self.start, self.end) = (start, end) }
}

/// ONNX Size.
public struct SizeOf: Operator {
    public init() {}
}

/// ONNX Range: start, limit, delta (scalars).
public struct RangeOf: Operator {
    public init() {}
}

/// ONNX ConstantOfShape: `value` has one element.
public struct ConstantOfShape: Operator {
    public var value: Tensor
    public init(value: Tensor) { self.value = value }
}
