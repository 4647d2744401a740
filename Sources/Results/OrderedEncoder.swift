/// Encodes values as JSON whose members have the order in which they are encoded: for synthesised conformances, that of the coding
/// keys. Members that are nil are left out, and numbers that are `Rounded` have no more decimals than they state.
///
/// The text is written as the values are visited, without a tree in between. That asks two things of types with an `encode(to:)` of
/// their own: a member is encoded completely before the next one, and containers in containers are values of their own (there is no
/// `nestedContainer` and no `superEncoder`).
///
/// Foundation's encoder cannot keep the order of keys and takes some 100 µs for a record; this takes a few.
final class OrderedEncoder: Encoder {
    // Exclusivity is not checked at run time: an encoder is used by one thread, and no closure of another's runs while it writes.
    @exclusivity(unchecked) private(set) var text = JSONText()
    /// What the value that is being encoded has opened, and is closed behind it.
    @exclusivity(unchecked) private var container: JSONText.Container?

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Replaces the text by the value's, and keeps the memory.
    func encode(_ value: some Encodable) {
        text.removeAll()
        do { try write(value) } catch { preconditionFailure("\(type(of: value)) cannot be encoded: \(error)") }
    }

    /// Ends the line; `encode(_:)` begins another text.
    func endLine() { text.endLine() }

    fileprivate func write<T: Encodable>(_ value: T) throws {
        // Equal types are one type: the casts cost nothing.
        if T.self == String.self { return text.string(unsafeBitCast(value, to: String.self)) }
        if T.self == Int.self { return text.number(unsafeBitCast(value, to: Int.self)) }
        if T.self == Bool.self { return text.boolean(unsafeBitCast(value, to: Bool.self)) }
        if T.self == DecimalText.self { return unsafeBitCast(value, to: DecimalText.self).write(to: &text) }
        let outer = container
        container = nil
        try value.encode(to: self)
        if let container { text.close(container) }
        container = outer
    }

    private func open(_ kind: JSONText.Container) {
        guard container == nil else { return }
        text.open(kind)
        container = kind
    }

    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        open(.object)
        return KeyedEncodingContainer(Members(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        open(.array)
        return Elements(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: OrderedEncoder
        var codingPath: [any CodingKey] { [] }

        func encodeNil(forKey key: Key) {
            encoder.text.key(key.stringValue)
            encoder.text.null()
        }

        func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
            encoder.text.key(key.stringValue)
            try encoder.write(value)
        }

        func nestedContainer<Nested>(keyedBy: Nested.Type, forKey: Key) -> KeyedEncodingContainer<Nested> { unsupported() }
        func nestedUnkeyedContainer(forKey: Key) -> any UnkeyedEncodingContainer { unsupported() }
        func superEncoder() -> any Encoder { unsupported() }
        func superEncoder(forKey: Key) -> any Encoder { unsupported() }
    }

    private struct Elements: UnkeyedEncodingContainer {
        let encoder: OrderedEncoder
        private(set) var count = 0
        var codingPath: [any CodingKey] { [] }

        init(encoder: OrderedEncoder) { self.encoder = encoder }

        mutating func encodeNil() {
            count += 1
            encoder.text.null()
        }

        mutating func encode<T: Encodable>(_ value: T) throws {
            count += 1
            try encoder.write(value)
        }

        func nestedContainer<Nested>(keyedBy: Nested.Type) -> KeyedEncodingContainer<Nested> { unsupported() }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { unsupported() }
        func superEncoder() -> any Encoder { unsupported() }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: OrderedEncoder
        var codingPath: [any CodingKey] { [] }
        func encodeNil() { encoder.text.null() }
        func encode<T: Encodable>(_ value: T) throws { try encoder.write(value) }
    }
}

private func unsupported() -> Never { preconditionFailure("OrderedEncoder: containers in containers have to be values of their own") }
