import Inference

extension OperatorRegistry {
    static var casts: [String: OperatorEntry] {
        [
            "Cast": OperatorEntry(1...1) { node throws(ImportError) in
                // `saturate` matters for 8-bit floats only, which are refused.
                node.attributes.ignore("saturate")
                guard let code = try node.attributes.int("to"), let code = Int32(exactly: code) else {
                    throw node.error(.invalidGraph, "the type to cast to is missing")
                }
                return try node.cast(to: DataType(code))
            },
            "CastLike": OperatorEntry(2...2, since: 15) { node throws(ImportError) in
                node.attributes.ignore("saturate")
                guard let model = node.input(1), let type = node.graph.types[model] else {
                    throw node.error(.unsupportedOperator, "the type to cast to is not plain to see: export with Cast instead")
                }
                let op = try node.cast(to: type)
                node.inputs = [node.inputs[0]]
                return op
            },
        ]
    }
}

extension NodeImport {
    fileprivate func cast(to type: DataType) throws(ImportError) -> Cast {
        // A cast to a narrow integer wraps around, which a stored int32 would not: refuse rather than differ.
        switch type.known {
        case .float, .float16, .bfloat16, .double, .int32, .int64, .bool: break
        default: throw error(.unsupportedType, "a cast to \(type.name) is not supported: cast to int32 or float instead")
        }
        if let output = outputs[0] { graph.setType(type, of: output) }
        return Cast(to: type.elementType ?? .float32, roundsToHalf: type.known == .float16)
    }
}
