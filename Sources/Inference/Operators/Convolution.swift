import Tensors

/// Padding of a spatial operator.
public enum Padding: Sendable, Hashable {
    /// Begin of every spatial axis, then end of every spatial axis (ONNX `pads`).
    case explicit([Int])
    case sameUpper, sameLower, valid
}

/// ONNX Conv. Inputs: X [N,C,spatial…], W [O,C/groups,kernel…], B [O] (optional).
public struct Convolution: Operator {
    public var strides: [Int]
    public var dilations: [Int]
    public var padding: Padding
    public var groups: Int
    /// Empty where the model leaves strides/dilations out: then 1 on every axis.
    public init(strides: [Int] = [], dilations: [Int] = [], padding: Padding = .explicit([]), groups: Int = 1) {
        (self.strides, self.dilations, self.padding, self.groups) = (strides, dilations, padding, groups)
    }
}

/// ONNX ConvTranspose. Inputs: X [N,C,…], W [C,O/groups,kernel…], B [O] (optional).
public struct TransposedConvolution: Operator {
    public var strides: [Int]
    public var dilations: [Int]
    public var padding: Padding
    public var outputPadding: [Int]
    public var outputShape: [Int]?
    public var groups: Int
    public init(
        strides: [Int] = [], dilations: [Int] = [], padding: Padding = .explicit([]), outputPadding: [Int] = [],
        outputShape: [Int]? = nil, groups: Int = 1
    ) {
        (self.strides, self.dilations, self.padding) = (strides, dilations, padding)
        (self.outputPadding, self.outputShape, self.groups) = (outputPadding, outputShape, groups)
    }
}
