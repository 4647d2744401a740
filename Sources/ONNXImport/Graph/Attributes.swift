import ONNXProto
import Tensors

/// A node's attributes, read by name. What nobody has read in the end is unknown, and an error: an attribute that
/// the importer does not know may change the result.
struct Attributes {
    private let context: NodeContext
    private let weights: WeightReader
    private var unread: [String: ONNX_AttributeProto] = [:]

    init(_ node: ONNX_NodeProto, _ context: NodeContext, weights: WeightReader) throws(ImportError) {
        (self.context, self.weights) = (context, weights)
        for attribute in node.attribute {
            guard attribute.refAttrName.isEmpty else {
                throw context.error(.invalidGraph, "attribute '\(attribute.name)' refers to a function's parameter outside of a function")
            }
            guard unread.updateValue(attribute, forKey: attribute.name) == nil else {
                throw context.error(.invalidGraph, "attribute '\(attribute.name)' is given twice")
            }
        }
    }

    mutating func int(_ name: String) throws(ImportError) -> Int? {
        (try take(name, .int, \.hasI)?.i).map { Int($0) }
    }

    mutating func flag(_ name: String, default fallback: Bool = false) throws(ImportError) -> Bool {
        (try int(name) ?? (fallback ? 1 : 0)) != 0
    }

    mutating func ints(_ name: String) throws(ImportError) -> [Int]? {
        try take(name, .ints, { !$0.ints.isEmpty })?.ints.map { Int($0) }
    }

    mutating func float(_ name: String) throws(ImportError) -> Float? { try take(name, .float, \.hasF)?.f }

    mutating func floats(_ name: String) throws(ImportError) -> [Float]? {
        try take(name, .floats, { !$0.floats.isEmpty })?.floats
    }

    mutating func string(_ name: String) throws(ImportError) -> String? {
        (try take(name, .string, \.hasS)?.s).map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func tensor(_ name: String) throws(ImportError) -> (tensor: Tensor, type: DataType)? {
        guard let attribute = try take(name, .tensor, \.hasT) else { return nil }
        do {
            return (try weights.tensor(attribute.t, named: name), DataType(attribute.t.dataType))
        } catch {
            throw context.error(error.code, error.message)
        }
    }

    /// One of a few things, each of which has the specification's name for it as its raw value.
    mutating func choice<Value: CaseIterable & RawRepresentable<String>>(
        _ name: String, default fallback: Value
    ) throws(ImportError) -> Value {
        try choice(name, default: fallback, Dictionary(uniqueKeysWithValues: Value.allCases.map { ($0.rawValue, $0) }))
    }

    /// A string out of a fixed set.
    mutating func choice<Value>(_ name: String, default fallback: Value, _ values: [String: Value]) throws(ImportError) -> Value {
        guard let text = try string(name) else { return fallback }
        guard let value = values[text] else {
            throw context.error(
                .unsupportedAttribute, "\(name) '\(text)' is not supported (\(values.keys.sorted().joined(separator: ", ")) are)")
        }
        return value
    }

    /// Extents such as kernels and strides, checked to be in a range in which later arithmetic cannot overflow.
    mutating func extents(_ name: String, atLeast least: Int) throws(ImportError) -> [Int]? {
        guard let values = try ints(name) else { return nil }
        guard values.allSatisfy({ $0 >= least && $0 <= Int(Int32.max) }) else {
            throw context.error(.invalidGraph, "\(name) \(values) must be \(least) or more")
        }
        return values
    }

    mutating func positive(_ name: String, most: Int) throws(ImportError) -> Int {
        guard let value = try int(name), value >= 1, value <= most else {
            throw context.error(.invalidGraph, "\(name) is missing or not positive")
        }
        return value
    }

    func has(_ name: String) -> Bool { unread[name] != nil }

    /// Attributes that do not matter here: hints, or what is implied by something else.
    mutating func ignore(_ names: String...) {
        for name in names { unread[name] = nil }
    }

    /// Call last.
    func checkAllRead() throws(ImportError) {
        guard let name = unread.keys.sorted().first else { return }
        throw context.error(.unsupportedAttribute, "attribute '\(name)' is not known in opset \(context.opset)")
    }

    private mutating func take(
        _ name: String, _ type: ONNX_AttributeProto.AttributeType, _ holds: (ONNX_AttributeProto) -> Bool
    ) throws(ImportError) -> ONNX_AttributeProto? {
        guard let attribute = unread.removeValue(forKey: name) else { return nil }
        // Old exporters leave `type` out; then the field that is set tells.
        guard attribute.type == type || (attribute.type == .undefined && holds(attribute)) else {
            throw context.error(.invalidGraph, "attribute '\(name)' has the wrong type (\(attribute.type))")
        }
        return attribute
    }
}
