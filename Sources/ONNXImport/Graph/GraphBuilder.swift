import Inference
import Tensors

/// The graph while it grows: hands out values by name and keeps every name defined once.
final class GraphBuilder {
    private(set) var nodes: [Node] = []
    private(set) var constants: [ValueID: Tensor] = [:]
    private(set) var names: [String] = []
    private var ids: [String: ValueID] = [:]
    /// ONNX's own type of a value where it is plain to see; CastLike needs it.
    private(set) var types: [ValueID: DataType] = [:]

    /// The value of that name, when it has been defined.
    func value(named name: String) -> ValueID? { ids[name] }

    /// A new value. Nil when the name is taken.
    func define(_ name: String, type: DataType? = nil) -> ValueID? {
        guard ids[name] == nil else { return nil }
        let id = fresh(name)
        ids[name] = id
        types[id] = type
        return id
    }

    /// A value of the importer's own.
    func fresh(_ name: String) -> ValueID {
        names.append(name)
        return ValueID(index: names.count - 1)
    }

    func setConstant(_ tensor: Tensor, for id: ValueID, type: DataType? = nil) {
        constants[id] = tensor
        if let type { types[id] = type }
    }

    func setType(_ type: DataType, of id: ValueID) { types[id] = type }

    func append(_ node: Node) { nodes.append(node) }
}
