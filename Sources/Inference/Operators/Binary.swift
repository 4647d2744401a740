/// An element-wise function of two tensors with numpy broadcasting (opset < 7 `axis` broadcasting is not supported).
public struct Binary: Operator {
    public enum Function: String, Sendable, Hashable {
        case add, subtract, multiply, divide, power, minimum, maximum
        case equal, greater, less, greaterOrEqual, lessOrEqual, and, or
    }
    public var function: Function
    public init(_ function: Function) { self.function = function }
}

/// ONNX Sum, Mean, Min, Max over any number of inputs, with broadcasting.
public struct Variadic: Operator {
    public enum Function: String, Sendable, Hashable { case sum, mean, minimum, maximum }
    public var function: Function
    public init(_ function: Function) { self.function = function }
}

/// ONNX Where: condition, x, y with broadcasting.
public struct Where: Operator {
    public init() {}
}
