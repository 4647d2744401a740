import Tensors

/// ONNX MaxPool and AveragePool. `maximum` with a second output also gives indices (int64).
public struct Pooling: Operator {
    public enum Kind: String, Sendable { case maximum, average }
    public var kind: Kind
    public var kernel: [Int]
    public var strides: [Int]
    public var dilations: [Int]
    public var padding: Padding
    public var ceilMode: Bool
    public var countIncludesPadding: Bool
    /// MaxPool `storage_order` (column-major indices when true); only matters for the indices output.
    public var columnMajorIndices: Bool
    public init(
        kind: Kind, kernel: [Int], strides: [Int] = [], dilations: [Int] = [], padding: Padding = .explicit([]),
        ceilMode: Bool = false, countIncludesPadding: Bool = false, columnMajorIndices: Bool = false
    ) {
        (self.kind, self.kernel, self.strides, self.dilations) = (kind, kernel, strides, dilations)
        (self.padding, self.ceilMode, self.countIncludesPadding) = (padding, ceilMode, countIncludesPadding)
        self.columnMajorIndices = columnMajorIndices
    }
}

/// ONNX GlobalAveragePool and GlobalMaxPool: [N,C,spatial…] → [N,C,1…].
public struct GlobalPooling: Operator {
    public var kind: Pooling.Kind
    public init(kind: Pooling.Kind) { self.kind = kind }
}
