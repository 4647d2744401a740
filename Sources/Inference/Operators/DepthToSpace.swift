import Tensors

/// ONNX DepthToSpace: [N, C·b², H, W] → [N, C, H·b, W·b]. One strided copy over six axes.
public struct DepthToSpace: Operator {
    public enum Order: String, Sendable { case depthColumnRow, columnRowDepth }
    public var blockSize: Int
    public var order: Order
    public init(blockSize: Int, order: Order = .depthColumnRow) { (self.blockSize, self.order) = (blockSize, order) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "input")
        let block = try checkedBlock(blockSize)
        guard let shape = try data.shape(rank: 4, "input") else { return [ValueFacts(data.elementType, nil)] }
        guard shape[1] % (block * block) == 0 else {
            throw OperatorError("\(shape[1]) channels are not a multiple of blocks of \(block)×\(block)")
        }
        let dims = [shape[0], shape[1] / (block * block), shape[2] * block, shape[3] * block]
        return [ValueFacts(data.elementType, try Shape(checking: dims))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let data = inputs[0], shape = inputs.shape
        let (b, channels, height, width) = (blockSize, shape[1], data.shape[2], data.shape[3])
        let axes =
            switch order {
            case .depthColumnRow: (channel: 1, row: b * channels, column: channels)
            case .columnRowDepth: (channel: b * b, row: b, column: 1)
            }
        let plane = height * width
        return [
            data.strided(
                [shape[0], channels, height, b, width, b],
                strides: [data.shape.strides[0], axes.channel * plane, width, axes.row * plane, 1, axes.column * plane]
            ).reshaped(to: shape)
        ]
    }
}

/// ONNX SpaceToDepth: [N, C, H·b, W·b] → [N, b²·C, H, W]. One strided copy over six axes.
public struct SpaceToDepth: Operator {
    public var blockSize: Int
    public init(blockSize: Int) { self.blockSize = blockSize }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "input")
        let block = try checkedBlock(blockSize)
        guard let shape = try data.shape(rank: 4, "input") else { return [ValueFacts(data.elementType, nil)] }
        guard shape[2] % block == 0, shape[3] % block == 0 else {
            throw OperatorError("\(shape[2])×\(shape[3]) pixels are not a multiple of blocks of \(block)×\(block)")
        }
        let dims = [shape[0], shape[1] * block * block, shape[2] / block, shape[3] / block]
        return [ValueFacts(data.elementType, try Shape(checking: dims))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let data = inputs[0], shape = inputs.shape
        let (b, strides) = (blockSize, data.shape.strides)
        return [
            data.strided(
                [shape[0], b, b, data.shape[1], shape[2], shape[3]],
                strides: [strides[0], strides[2], 1, strides[1], strides[2] * b, b]
            ).reshaped(to: shape)
        ]
    }
}

/// A block of 2¹⁵ is beyond any image; the bound keeps block² × extent inside `Int`.
private func checkedBlock(_ size: Int) throws(OperatorError) -> Int {
    guard size > 0, size <= 1 << 15 else { throw OperatorError("block size \(size) is not in 1...32768") }
    return size
}
