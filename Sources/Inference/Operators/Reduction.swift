/// ONNX ReduceX: data, axes (optional input; empty or missing = all, unless `noopWithEmptyAxes`).
public struct Reduction: Operator {
    public enum Function: String, Sendable { case mean, sum, maximum, minimum, product, l2 }
    public var function: Function
    public var keepsDims: Bool
    public var noopWithEmptyAxes: Bool
    public init(_ function: Function, keepsDims: Bool = true, noopWithEmptyAxes: Bool = false) {
        (self.function, self.keepsDims, self.noopWithEmptyAxes) = (function, keepsDims, noopWithEmptyAxes)
    }
}

/// ONNX Softmax and LogSoftmax. Opset < 13 flattens to 2-D at `axis` (`flattens`).
public struct Softmax: Operator {
    public var axis: Int
    public var flattens: Bool
    public var logarithm: Bool
    public init(axis: Int = -1, flattens: Bool = false, logarithm: Bool = false) {
        (self.axis, self.flattens, self.logarithm) = (axis, flattens, logarithm)
    }
}

/// ONNX ArgMax.
public struct ArgMax: Operator {
    public var axis: Int
    public var keepsDims: Bool
    public var selectsLastIndex: Bool
    public init(axis: Int = 0, keepsDims: Bool = true, selectsLastIndex: Bool = false) {
        (self.axis, self.keepsDims, self.selectsLastIndex) = (axis, keepsDims, selectsLastIndex)
    }
}

/// ONNX TopK: data, k (input).
public struct TopK: Operator {
    public var axis: Int
    public var largest: Bool
    public var sorted: Bool
    public init(axis: Int = -1, largest: Bool = true, sorted: Bool = true) {
        (self.axis, self.largest, self.sorted) = (axis, largest, sorted)
    }
}

/// ONNX NonMaxSuppression: boxes, scores, max per class, IoU threshold, score threshold (the last three optional).
public struct NonMaxSuppression: Operator {
    public var centerPointBox: Bool
    public init(centerPointBox: Bool = false) { self.centerPointBox = centerPointBox }
}
