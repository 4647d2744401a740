import CTOML

/// A value in a TOML file, with the place where it stands.
package struct TOMLNode: Sendable {
    package enum Value: Sendable {
        case string(String)
        /// As `Int` and `Double` read it.
        case number(String)
        case boolean(Bool)
        case time
        case array([TOMLNode])
        /// In the order in which they stand in the file.
        case table([TOMLNode])
    }

    /// Empty in arrays.
    package let key: String
    package let position: Position
    package var value: Value

    /// What kind of value it is, for messages.
    package var kind: String {
        switch value {
        case .string: "a string"
        case .number: "a number"
        case .boolean: "true or false"
        case .time: "a date or time"
        case .array: "a list"
        case .table: "a table"
        }
    }

    /// Reads a whole file.
    ///
    /// - Returns: the keys at its beginning and its tables, in their order; or what is no TOML, and where.
    package static func parse(_ bytes: [UInt8]) -> Result<[TOMLNode], SyntaxError> {
        var builder = Builder()
        bytes.withUnsafeBytes { bytes in
            withUnsafeMutablePointer(to: &builder) { builder in
                ctoml_parse(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, builder) { context, node in
                    context!.assumingMemoryBound(to: Builder.self).pointee.add(node!.pointee)
                }
            }
        }
        if let error = builder.error { return .failure(error) }
        return .success(builder.finish())
    }

    package struct SyntaxError: Error {
        package let reason: String
        package let position: Position
    }

    /// Makes a tree of nodes that come depth first.
    private struct Builder {
        /// The tables and arrays around the next node, the root first, each with what it holds so far.
        private var open: [(node: TOMLNode, content: [TOMLNode])] = []
        var error: SyntaxError?

        mutating func add(_ node: ctoml_node) {
            let text = Self.text(node.text, node.length), position = Position(line: Int(node.line), column: Int(node.column))
            close(downTo: Int(node.depth))
            var value: Value
            switch node.kind {
            case CTOML_TABLE: value = .table([])
            case CTOML_ARRAY: value = .array([])
            case CTOML_STRING: value = .string(text)
            case CTOML_NUMBER: value = .number(text)
            case CTOML_BOOLEAN: value = .boolean(text == "true")
            case CTOML_TIME: value = .time
            default:
                error = SyntaxError(reason: text, position: position)
                return
            }
            let new = TOMLNode(key: Self.text(node.key, node.key_length), position: position, value: value)
            switch value {
            case .table, .array: open.append((new, []))
            default: open[open.count - 1].content.append(new)
            }
        }

        mutating func finish() -> [TOMLNode] {
            close(downTo: 1)
            return Self.sorted(open[0].content)
        }

        /// Ends tables and arrays until `depth` are open.
        private mutating func close(downTo depth: Int) {
            while open.count > depth {
                var (node, content) = open.removeLast()
                if case .array = node.value { node.value = .array(content) } else { node.value = .table(Self.sorted(content)) }
                open[open.count - 1].content.append(node)
            }
        }

        private static func sorted(_ nodes: [TOMLNode]) -> [TOMLNode] { nodes.sorted { $0.position < $1.position } }

        private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
            String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
        }
    }
}
