/// Encodes values as JSON whose members have the order in which they are encoded: for synthesised conformances, that of the coding
/// keys. Members that are nil are left out, and numbers have no more decimals than `decimals` says.
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
    /// Of the numbers of the member that is being written.
    @exclusivity(unchecked) private var decimals = 4

    /// Where they are others than `decimals` has them.
    private let ownDecimals: [String: Int]

    init(decimals: [String: Int] = [:]) { ownDecimals = decimals }

    /// How many decimals a number has at most, by its key: four where it is not named. The values themselves are not rounded, and other
    /// encoders get them as they are.
    private static let decimals: [String: Int] = [
        1: ["latency_ms", "p50", "p99", "max", "peak_memory_mb"],
        2: ["box", "points", "corners", "x", "y", "bbox", "area", "segmentation", "keypoints"],
        3: [
            "fps", "psnr_db", "decode", "preprocess", "match", "infer", "postprocess", "then", "total", "edge_ms", "mean", "median",
            "speedup",
            "speedup_median", "speedup_network", "dwell_s", "mean_dwell_s", "wall_s", "video_s", "device_s", "edge_s", "work_s", "unix_s",
        ],
        6: [
            "pts_s", "start_s", "end_s", "best_s", "duration_s", "track_buffer_s", "answer_age_s", "mtime_s", "target_agreement",
            "entropy_threshold",
            "histogram_distance", "change_threshold", "tau", "embedding",
        ],
    ].reduce(into: [:]) { table, entry in for key in entry.value { table[key] = entry.key } }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Replaces the text by the value's, and keeps the memory.
    /// - Parameter type: of a record, whose first member it is.
    func encode<T: Encodable>(_ value: T, type: String? = nil) {
        text.removeAll()
        if let type {
            open(.object)
            text.key("type")
            text.string(type)
        }
        do { try value.encode(to: self) } catch { preconditionFailure("\(T.self) cannot be encoded: \(error)") }
        close()
    }

    /// Ends the line; `encode(_:)` begins another text.
    func endLine() { text.endLine() }

    fileprivate func write<T: Encodable>(_ value: T, named key: String? = nil) throws {
        // Equal types are one type: the casts cost nothing.
        if T.self == String.self { return text.string(unsafeBitCast(value, to: String.self)) }
        if T.self == Int.self { return text.number(unsafeBitCast(value, to: Int.self)) }
        if T.self == Bool.self { return text.boolean(unsafeBitCast(value, to: Bool.self)) }
        if let key { decimals = ownDecimals.isEmpty ? Self.decimals[key] ?? 4 : ownDecimals[key] ?? Self.decimals[key] ?? 4 }
        if T.self == Double.self { return text.number(unsafeBitCast(value, to: Double.self), decimals: decimals) }
        if T.self == Float.self { return text.number(Double(unsafeBitCast(value, to: Float.self)), decimals: decimals) }
        if T.self == [Double].self { return write(unsafeBitCast(value, to: [Double].self)) }
        if T.self == [Float].self { return write(unsafeBitCast(value, to: [Float].self)) }
        let outer = container
        container = nil
        try value.encode(to: self)
        close()
        container = outer
    }

    private func close() {
        if let container { text.close(container) }
        container = nil
    }

    private func write<Number: BinaryFloatingPoint>(_ numbers: [Number]) {
        text.open(.array)
        for number in numbers { text.number(Double(number), decimals: decimals) }
        text.close(.array)
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
            try encoder.write(value, named: key.stringValue)
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
