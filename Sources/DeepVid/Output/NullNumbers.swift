/// A number that is not finite, as a broken model may give, is `null` in records. Synthesised conformances call these, and read it as NaN.
extension KeyedDecodingContainer {
    package func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        if let number = try decodeIfPresent(Double.self, forKey: key) { return number }
        guard contains(key) else {
            throw DecodingError.keyNotFound(key, DecodingError.Context(codingPath: codingPath, debugDescription: "no such key"))
        }
        return .nan
    }

    package func decode(_ type: [Double].Type, forKey key: Key) throws -> [Double] { try list(key) }

    package func decodeIfPresent(_ type: [Float].Type, forKey key: Key) throws -> [Float]? {
        try contains(key) && !decodeNil(forKey: key) ? list(key) : nil
    }

    /// Lists with such a number are rare, and looking for it is slow.
    private func list<Number: Decodable & FloatingPoint>(_ key: Key) throws -> [Number] {
        do { return try decode([Number].self, forKey: key) } catch DecodingError.valueNotFound {
            return try decode([Number?].self, forKey: key).map { $0 ?? .nan }
        }
    }
}
