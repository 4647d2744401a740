import Tensors

/// Name and shape of a model's input or output, as far as the file says.
public struct TensorSignature: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    /// Logical (NCHW) extents; nil where the model leaves one open.
    public let dims: [Int?]

    public init(_ name: String, _ dims: [Int?]) { (self.name, self.dims) = (name, dims) }

    public var description: String { "\(name) \(dims.map { $0.map(String.init) ?? "?" }.joined(separator: "×"))" }

    /// Whether the extents are these, where nil stands for any; an open batch counts as 1.
    func hasShape(_ wanted: Int?...) -> Bool {
        dims.count == wanted.count
            && dims.indices.allSatisfy { axis in wanted[axis] == nil || (dims[axis] ?? (axis == 0 ? 1 : nil)) == wanted[axis] }
    }
}

extension Head {
    /// Throws what `decode` would throw on outputs of these shapes, so that a wrong card shows before the first frame.
    ///
    /// Outputs with open extents past the batch are not checked.
    public func validate(_ outputs: [TensorSignature]) throws(VisionError) {
        var blank: [NamedTensor] = []
        for output in outputs {
            let dims = output.dims.enumerated().map { axis, extent in extent ?? (axis == 0 ? 1 : -1) }
            if dims.contains(where: { $0 < 0 }) { return }
            blank.append(NamedTensor(output.name, Tensor(Shape(dims), of: Float.self) { $0.update(repeating: .nan) }))
        }
        let placement = ResizeMode.stretch.placement(width: 1, height: 1, modelWidth: 1, modelHeight: 1)
        _ = try decode(blank, placement: placement)
    }
}
