/// Name, shape and kind of a model's input or output, as far as the file says.
public struct TensorSignature: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    /// Logical (NCHW) extents; nil where the model leaves one open. Empty also where the whole shape depends on data.
    public let dims: [Int?]
    /// Whether the shape depends on data.
    public let dependsOnData: Bool
    /// Whether the elements are integers.
    public let isWhole: Bool

    /// - Parameter dims: nil: they depend on data.
    public init(_ name: String, _ dims: [Int?]?, isWhole: Bool = false) {
        (self.name, self.dims, dependsOnData, self.isWhole) = (name, dims ?? [], dims == nil, isWhole)
    }

    public var description: String {
        "\(name) \(dependsOnData ? "by data" : dims.map { $0.map(String.init) ?? "?" }.joined(separator: "×"))"
    }

    /// Whether the extents are these, where nil stands for any; an open batch counts as 1.
    func hasShape(_ wanted: Int?...) -> Bool {
        dims.count == wanted.count && !dependsOnData
            && dims.indices.allSatisfy { axis in wanted[axis] == nil || (dims[axis] ?? (axis == 0 ? 1 : nil)) == wanted[axis] }
    }
}

/// A model with one picture as its input.
struct ModelSignature {
    let inputName: String
    let channels, height, width: Int
    let outputs: [TensorSignature]
    let hints: GraphHints
    /// How many classes the file names; nil where it names none.
    var nameCount: Int?

    init?(inputs: [TensorSignature], outputs: [TensorSignature], hints: GraphHints = GraphHints()) {
        guard inputs.count == 1, inputs[0].dims.count == 4, let channels = inputs[0].dims[1], let height = inputs[0].dims[2],
            let width = inputs[0].dims[3], [1, 3].contains(channels), height > 0, width > 0, inputs[0].hasShape(1, nil, nil, nil)
        else { return nil }
        (inputName, self.channels, self.height, self.width) = (inputs[0].name, channels, height, width)
        (self.outputs, self.hints) = (outputs, hints)
    }

    /// Rows and columns of the one output of an Ultralytics-like export, whose tensors are named `images` → `output` or
    /// `output0`: YOLOv5, v7, v8, v11 and later YOLOX, told apart by these. Nil for any other model.
    var imagesOutput: (rows: Int, columns: Int)? {
        guard inputName == "images", channels == 3, outputs.count == 1, outputs[0].dims.count == 3,
            ["output", "output0"].contains(outputs[0].name), let rows = outputs[0].dims[1], let columns = outputs[0].dims[2]
        else { return nil }
        return (rows, columns)
    }

    /// Cells of grids of these strides.
    func cells(_ strides: [Int]) -> Int { GridLevels(strides: strides, modelWidth: width, modelHeight: height).count }

    func output(_ name: String) -> TensorSignature? { outputs.first { $0.name == name } }

    /// Whether the input has this name and size.
    func takes(_ name: String, _ channels: Int, _ height: Int, _ width: Int) -> Bool {
        (inputName, self.channels, self.height, self.width) == (name, channels, height, width)
    }
}
