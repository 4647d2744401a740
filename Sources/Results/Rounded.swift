/// A number, or numbers, that are written with at most so many decimals: `@Rounded4 var score: Double`.
///
/// The value itself is not rounded. Encoders other than that of records get it as it is.
@propertyWrapper
public struct Rounded<Precision: Decimals, Value> {
    public var wrappedValue: Value
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
    public init(_ value: Value) { wrappedValue = value }
}

public typealias Rounded1<Value> = Rounded<Decimals1, Value>
public typealias Rounded2<Value> = Rounded<Decimals2, Value>
public typealias Rounded3<Value> = Rounded<Decimals3, Value>
public typealias Rounded4<Value> = Rounded<Decimals4, Value>
public typealias Rounded6<Value> = Rounded<Decimals6, Value>

/// How many decimals there are at most.
public protocol Decimals { static var count: Int { get } }
public enum Decimals1: Decimals { public static var count: Int { 1 } }
public enum Decimals2: Decimals { public static var count: Int { 2 } }
public enum Decimals3: Decimals { public static var count: Int { 3 } }
public enum Decimals4: Decimals { public static var count: Int { 4 } }
public enum Decimals6: Decimals { public static var count: Int { 6 } }

extension Rounded: Sendable where Value: Sendable {}
extension Rounded: Equatable where Value: Equatable {}

extension Rounded: Encodable where Value: RoundedNumber {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(DecimalText(number: wrappedValue, decimals: Precision.count))
    }
}

/// What `OrderedEncoder` recognises as a rounded number. Other encoders get the number.
struct DecimalText: Encodable {
    let number: any RoundedNumber
    let decimals: Int

    func write(to json: inout JSONText) { number.write(to: &json, decimals: decimals) }
    func encode(to encoder: any Encoder) throws { try number.encode(to: encoder) }
}

extension Rounded: Decodable where Value: RoundedNumber {
    public init(from decoder: any Decoder) throws { self.init(wrappedValue: try Value.read(from: decoder)) }
}

// Synthesised conformances call these. For optionals they are needed: one that is nil would be written as null, and readers would
// demand it. The others are quicker than the general way, which makes an encoder or a decoder for the number.

extension KeyedEncodingContainer {
    public mutating func encode<Precision, Value: RoundedNumber>(_ value: Rounded<Precision, Value>, forKey key: Key) throws {
        try encode(DecimalText(number: value.wrappedValue, decimals: Precision.count), forKey: key)
    }

    public mutating func encode<Precision, Value: RoundedNumber>(_ value: Rounded<Precision, Value?>, forKey key: Key) throws {
        if let number = value.wrappedValue { try encode(DecimalText(number: number, decimals: Precision.count), forKey: key) }
    }
}

extension KeyedDecodingContainer {
    public func decode<Precision, Value: RoundedNumber>(
        _ type: Rounded<Precision, Value?>.Type, forKey key: Key
    ) throws -> Rounded<Precision, Value?> {
        Rounded(wrappedValue: try decodeIfPresent(Rounded<Precision, Value>.self, forKey: key)?.wrappedValue)
    }

    public func decode<Precision>(_ type: Rounded<Precision, Double>.Type, forKey key: Key) throws -> Rounded<Precision, Double> {
        Rounded(wrappedValue: try decodeNil(forKey: key) ? .nan : decode(Double.self, forKey: key))
    }
}

/// What can be `Rounded`: numbers with decimals, and lists of them. A number that is not finite is `null` in JSON.
public protocol RoundedNumber: Codable {
    func write(to json: inout JSONText, decimals: Int)
    static func read(from decoder: any Decoder) throws -> Self
}

extension Double: RoundedNumber {
    public func write(to json: inout JSONText, decimals: Int) { json.number(self, decimals: decimals) }

    public static func read(from decoder: any Decoder) throws -> Double {
        let container = try decoder.singleValueContainer()
        return container.decodeNil() ? .nan : try container.decode(Double.self)
    }
}

extension Float: RoundedNumber {
    public func write(to json: inout JSONText, decimals: Int) { Double(self).write(to: &json, decimals: decimals) }
    public static func read(from decoder: any Decoder) throws -> Float { Float(try Double.read(from: decoder)) }
}

extension Array: RoundedNumber where Element: RoundedNumber {
    public func write(to json: inout JSONText, decimals: Int) {
        json.open(.array)
        for element in self { element.write(to: &json, decimals: decimals) }
        json.close(.array)
    }

    public static func read(from decoder: any Decoder) throws -> [Element] {
        // Lists with a number that is not finite are rare, and the general way is slow.
        do { return try [Element](from: decoder) } catch DecodingError.valueNotFound {
            return try [Rounded<Decimals1, Element>](from: decoder).map(\.wrappedValue)
        }
    }
}

/// Members that are nil are left out, so that this is asked of numbers only.
extension Optional: RoundedNumber where Wrapped: RoundedNumber {
    public func write(to json: inout JSONText, decimals: Int) {
        if let self { self.write(to: &json, decimals: decimals) } else { json.null() }
    }

    public static func read(from decoder: any Decoder) throws -> Wrapped? { try Wrapped.read(from: decoder) }
}
