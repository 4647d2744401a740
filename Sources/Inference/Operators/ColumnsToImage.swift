import Tensors

/// ONNX Col2Im. Inputs: columns [N, C × block, L], image shape, block shape. Output: [N, C, image…]: every column is added where its
/// window lies. O(input), one contiguous run per tap and row.
public struct ColumnsToImage: Operator {
    public var strides: [Int]
    public var dilations: [Int]
    public var pads: [Int]
    public init(strides: [Int] = [], dilations: [Int] = [], pads: [Int] = []) {
        (self.strides, self.dilations, self.pads) = (strides, dilations, pads)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let columns = try inputs.operand(0, "input", [.float32])
        let image = try inputs.integers(1, "image_shape")
        let block = try inputs.integers(2, "block_shape")
        guard let shape = try columns.shape(rank: 3, "input"), let image, let block else { return [ValueFacts(.float32, nil)] }
        return [ValueFacts(.float32, try geometry(shape, image, block).shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let columns = inputs[0]
        let (geometry, shape) = try geometry(columns.shape, inputs[1].integerElements, inputs[2].integerElements)
        let rows = WindowRows(geometry)
        let (image, block) = (geometry.inputCount, geometry.kernelCount * geometry.outputCount)
        let result = Tensor(shape, of: Float.self) { out in
            if columns.shape.dims.contains(0) { return }
            for plane in 0..<(shape[0] * shape[1]) {
                let (from, to) = (columns.pointer(of: Float.self) + plane * block, out.baseAddress! + plane * image)
                rows.forEach { row in
                    let (source, target) = (from + row.tap * geometry.outputCount + row.output, to + row.input)
                    for i in 0..<row.count { target[i &* rows.inputStep] += source[i] }
                }
            }
        }
        return [result]
    }

    /// The windows over the image, and its shape.
    private func geometry(_ columns: Shape, _ image: [Int], _ block: [Int]) throws(OperatorError) -> (SpatialGeometry, shape: Shape) {
        guard (1...3).contains(image.count) else { throw OperatorError("image_shape \(image); 1 to 3 spatial axes are supported") }
        let geometry = try SpatialGeometry(
            input: image, kernel: block, strides: strides, dilations: dilations, padding: .explicit(pads))
        let taps = try Shape(checking: block).elementCount
        let windows = try Shape(checking: geometry.output).elementCount
        guard columns[1] % taps == 0, columns[2] == windows else {
            throw OperatorError("columns \(columns) do not fit \(windows) windows of \(taps) over \(Shape(image))")
        }
        return (geometry, try Shape(checking: [columns[0], columns[1] / taps] + image))
    }
}
