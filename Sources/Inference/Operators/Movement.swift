import Tensors

/// ONNX Concat.
public struct Concat: Operator {
    public var axis: Int
    public init(axis: Int) { self.axis = axis }
}

/// ONNX Split. Sizes: from input 1 if present, else `sizes`, else equal parts over `outputCount` (last one smaller).
public struct Split: Operator {
    public var axis: Int
    public var sizes: [Int]?
    public var outputCount: Int
    public init(axis: Int, sizes: [Int]? = nil, outputCount: Int) {
        (self.axis, self.sizes, self.outputCount) = (axis, sizes, outputCount)
    }
}

/// ONNX Slice: data, starts, ends, axes (optional), steps (optional), all as inputs.
public struct Slice: Operator {
    public init() {}
}

/// ONNX Pad: data, pads, constant value (optional), axes (optional), as inputs.
public struct Pad: Operator {
    public enum Mode: String, Sendable { case constant, reflect, edge, wrap }
    public var mode: Mode
    public init(mode: Mode = .constant) { self.mode = mode }
}

/// ONNX Reshape: data, shape. 0 copies the extent unless `allowZero`; −1 is inferred.
public struct Reshape: Operator {
    public var allowZero: Bool
    public init(allowZero: Bool = false) { self.allowZero = allowZero }
}

/// ONNX Flatten.
public struct Flatten: Operator {
    public var axis: Int
    public init(axis: Int = 1) { self.axis = axis }
}

/// ONNX Transpose; nil reverses the axes.
public struct Transpose: Operator {
    public var permutation: [Int]?
    public init(permutation: [Int]? = nil) { self.permutation = permutation }
}

/// ONNX Squeeze: data, axes (optional input).
public struct Squeeze: Operator {
    public init() {}
}

/// ONNX Unsqueeze: data, axes (input).
public struct Unsqueeze: Operator {
    public init() {}
}

/// ONNX Expand: data, shape.
public struct Expand: Operator {
    public init() {}
}

/// ONNX Tile: data, repeats.
public struct Tile: Operator {
    public init() {}
}

/// ONNX Gather: data, indices.
public struct Gather: Operator {
    public var axis: Int
    public init(axis: Int = 0) { self.axis = axis }
}

/// ONNX GatherElements: data, indices.
public struct GatherElements: Operator {
    public var axis: Int
    public init(axis: Int = 0) { self.axis = axis }
}

/// ONNX DepthToSpace and SpaceToDepth.
public struct DepthToSpace: Operator {
    public enum Order: String, Sendable { case depthColumnRow, columnRowDepth }
    public var blockSize: Int
    public var order: Order
    public init(blockSize: Int, order: Order = .depthColumnRow) { (self.blockSize, self.order) = (blockSize, order) }
}

public struct SpaceToDepth: Operator {
    public var blockSize: Int
    public init(blockSize: Int) { self.blockSize = blockSize }
}
