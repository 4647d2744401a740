import Tensors

/// How many bytes the tensors of a network may take.
///
/// A file of a few hundred bytes can ask for any amount (Pad, Expand, Tile, Resize, ConstantOfShape, Range, a chain of Concat).
/// What does not fit is refused by the node's name: before anything runs where its shapes are known then, else before the tensor
/// is made.
public struct MemoryLimit: Sendable {
    public let bytes: Int

    public init(bytes: Int) { self.bytes = bytes }

    /// What is to be said of an operator whose outputs do not fit, `taken` bytes being taken already; nil when they do.
    func excess(of outputs: [ValueFacts], besides taken: Int = 0) -> String? {
        var sum = taken
        for output in outputs {
            guard let shape = output.shape else { continue }
            sum += Self.bytes(of: shape, output.elementType)
            guard sum <= bytes else {
                let whole = taken > 0 ? "\(Self.text(sum)) with what is there" : Self.text(sum)
                return "makes \(shape) of \(output.elementType): \(whole), of \(described)"
            }
        }
        return nil
    }

    /// With the tables of positions by which some operators fill a tensor: 16 bytes for each of an axis.
    static func bytes(of shape: Shape, _ type: ElementType) -> Int {
        shape.elementCount * type.byteCount + 16 * shape.dims.reduce(0, +)
    }

    static func bytes(of facts: ValueFacts) -> Int? { facts.shape.map { bytes(of: $0, facts.elementType) } }

    /// The end of a sentence.
    var described: String { "\(Self.text(bytes)) that a model may take here" }

    static func text(_ bytes: Int) -> String {
        let (unit, name) = bytes >= 1_000_000_000 ? (1e9, "GB") : (1e6, "MB")
        let tenths = (Double(bytes) / unit * 10).rounded()
        return "\(Int(tenths / 10)).\(Int(tenths.truncatingRemainder(dividingBy: 10))) \(name)"
    }
}
