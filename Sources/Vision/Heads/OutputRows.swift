import Tensors

/// One output seen as rows of floats, wherever in memory they lie.
///
/// Borrows the tensor's memory: valid only while the outputs handed to `Head.decode` are.
struct OutputRows {
    let base: UnsafePointer<Float>
    let rows: Int
    let columns: Int
    /// Floats from one row to the next.
    let rowStride: Int

    init(base: UnsafePointer<Float>, rows: Int, columns: Int, rowStride: Int) {
        (self.base, self.rows, self.columns, self.rowStride) = (base, rows, columns, rowStride)
    }

    /// The last two axes of a float tensor whose other axes are 1; nil for any other.
    init?(_ tensor: Tensor) {
        let dims = tensor.shape.dims
        guard tensor.elementType == .float32, dims.count >= 2, dims.dropLast(2).allSatisfy({ $0 == 1 }) else { return nil }
        self.init(
            base: tensor.baseAddress.assumingMemoryBound(to: Float.self), rows: dims[dims.count - 2],
            columns: dims[dims.count - 1], rowStride: dims[dims.count - 1])
    }

    func row(_ index: Int) -> UnsafePointer<Float> { base + index * rowStride }

    /// Some of the columns.
    func columns(_ range: Range<Int>) -> OutputRows {
        OutputRows(base: base + range.lowerBound, rows: rows, columns: range.count, rowStride: rowStride)
    }

    /// Some of the rows.
    func rows(_ range: Range<Int>) -> OutputRows {
        OutputRows(base: row(range.lowerBound), rows: range.count, columns: columns, rowStride: rowStride)
    }
}

extension VisionError {
    /// The outputs are not what a head reads.
    static func unexpected(_ head: HeadKind, reads expected: String, _ outputs: [NamedTensor]) -> VisionError {
        let got = outputs.map { "\($0.name) \($0.tensor.shape) \($0.tensor.elementType)" }.joined(separator: ", ")
        return VisionError(
            .unexpectedOutput,
            "head '\(head.rawValue)' reads \(expected), but the model gives \(got.isEmpty ? "nothing" : got): "
                + "choose the card's \"head\" (and its parameters) by the model's outputs")
    }
}
