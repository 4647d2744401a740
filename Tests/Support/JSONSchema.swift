import Foundation

/// A JSON text as a value.
package enum JSONValue: Decodable, Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case list([JSONValue])
    case object([String: JSONValue])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package init(_ text: String) throws { self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) }

    /// The member of that name; nil for anything else.
    package subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }

    package var list: [JSONValue]? {
        if case .list(let value) = self { value } else { nil }
    }

    package var object: [String: JSONValue]? {
        if case .object(let value) = self { value } else { nil }
    }
}

/// The part of JSON Schema 2020-12 that docs/records.schema.json uses. A keyword that is not known here is a violation: nothing is
/// passed over.
package struct JSONSchema {
    package let root: JSONValue

    package init(_ root: JSONValue) { self.root = root }

    package init(_ file: URL) throws { root = try JSONValue(String(contentsOf: file, encoding: .utf8)) }

    /// `schema`, or the definition that it refers to.
    package func resolved(_ schema: JSONValue) -> JSONValue {
        guard let path = schema["$ref"]?.string, let name = path.split(separator: "/").last else { return schema }
        return root["$defs"]?[String(name)] ?? .null
    }

    /// What is wrong with a value, with the path to it: nothing if the schema allows it.
    package func violations(of value: JSONValue) -> [String] { violations(of: value, by: root, at: "$") }

    private func violations(of value: JSONValue, by schema: JSONValue, at path: String) -> [String] {
        guard let keywords = schema.object else { return ["\(path): there is no such schema"] }
        return keywords.flatMap { keyword, argument -> [String] in
            switch (keyword, argument, value) {
            case ("$schema", _, _), ("$defs", _, _), ("title", _, _), ("description", _, _): []
            case ("$ref", _, _): violations(of: value, by: resolved(schema), at: path)
            case ("oneOf", .list(let choices), _): violations(of: value, byOneOf: choices, at: path)
            case ("type", _, _):
                (argument.list ?? [argument]).contains { isType(value, $0.string) } ? [] : ["\(path): \(value) is not of type \(argument)"]
            case ("const", _, _): value == argument ? [] : ["\(path): \(value) is not \(argument)"]
            case ("enum", .list(let choices), _): choices.contains(value) ? [] : ["\(path): \(value) is none of \(choices)"]
            case ("minimum", .number(let least), .number(let number)): number >= least ? [] : ["\(path): \(number) is below \(least)"]
            case ("maximum", .number(let most), .number(let number)): number <= most ? [] : ["\(path): \(number) is above \(most)"]
            case ("minItems", .number(let least), .list(let items)): Double(items.count) >= least ? [] : ["\(path): too few items"]
            case ("maxItems", .number(let most), .list(let items)): Double(items.count) <= most ? [] : ["\(path): too many items"]
            case ("items", _, .list(let items)):
                items.enumerated().flatMap { violations(of: $1, by: argument, at: "\(path)[\($0)]") }
            case ("properties", .object(let properties), .object(let members)):
                members.flatMap { name, member in
                    properties[name].map { violations(of: member, by: $0, at: "\(path).\(name)") } ?? []
                }
            case ("required", .list(let names), .object(let members)):
                names.compactMap { name in name.string.flatMap { members[$0] == nil ? "\(path): \($0) is missing" : nil } }
            case ("additionalProperties", .boolean(false), .object(let members)):
                members.keys.filter { schema["properties"]?[$0] == nil }.map { "\(path): \($0) is not known" }
            case ("additionalProperties", .object, .object(let members)):
                members.filter { schema["properties"]?[$0.key] == nil }.flatMap {
                    violations(of: $0.value, by: argument, at: "\(path).\($0.key)")
                }
            // Keywords that are for values of another type.
            case ("minimum", .number, _), ("maximum", .number, _), ("minItems", .number, _), ("maxItems", .number, _), ("items", _, _),
                ("properties", .object, _), ("required", .list, _), ("additionalProperties", .boolean(false), _),
                ("additionalProperties", .object, _):
                []
            default: ["\(path): the validator does not know '\(keyword): \(argument)'"]
            }
        }
    }

    /// The violations by that choice which comes nearest, if not exactly one fits.
    private func violations(of value: JSONValue, byOneOf choices: [JSONValue], at path: String) -> [String] {
        let all = choices.map { violations(of: value, by: $0, at: path) }
        let fitting = all.count { $0.isEmpty }
        if fitting == 1 { return [] }
        return fitting > 1 ? ["\(path): \(fitting) choices fit"] : all.min { $0.count < $1.count } ?? ["\(path): there is no choice"]
    }

    private func isType(_ value: JSONValue, _ type: String?) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .boolean), ("number", .number), ("string", .string), ("array", .list), ("object", .object): true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}

extension JSONSchema {
    /// That of the records.
    package static let records = try! JSONSchema(Files.repository.appendingPathComponent("docs/records.schema.json"))

    /// The name of the definition that a property's schema leads to, through lists and members of any name; nil if it leads to none.
    package func definition(of schema: JSONValue) -> String? {
        if let path = schema["$ref"]?.string { return path.split(separator: "/").last.map(String.init) }
        return (schema["items"] ?? schema["additionalProperties"]).flatMap(definition)
    }

    /// The keys of each definition that a value shows.
    package func keys(of value: JSONValue, by definition: String, into seen: inout [String: Set<String>]) {
        guard let members = value.object else { return }
        seen[definition, default: []].formUnion(members.keys)
        for (name, member) in members {
            guard let property = root["$defs"]?[definition]?["properties"]?[name], let next = self.definition(of: property) else {
                continue
            }
            let isByName = property["additionalProperties"] != nil
            for item in member.list ?? (isByName ? member.object.map { Array($0.values) } : nil) ?? [member] {
                keys(of: item, by: next, into: &seen)
            }
        }
    }
}
