/// One line of JSON under construction: keys in the order written, numbers with a stated number of decimals.
///
/// Foundation's encoder cannot keep the order of keys and takes ~100 µs for a record; this takes a few.
/// Commas place themselves: a value, key or container opened after a sibling is preceded by one.
public struct JSONText {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init(reservingCapacity capacity: Int = 1024) { bytes.reserveCapacity(capacity) }

    /// Empties the text but keeps its memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Ends the line; what follows is another text.
    mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    // MARK: Containers

    public mutating func object(_ body: (inout JSONText) -> Void) { container("{", "}", body) }
    public mutating func array(_ body: (inout JSONText) -> Void) { container("[", "]", body) }

    public mutating func object(_ name: StaticString, _ body: (inout JSONText) -> Void) {
        key(name)
        object(body)
    }

    public mutating func array(_ name: StaticString, _ body: (inout JSONText) -> Void) {
        key(name)
        array(body)
    }

    private mutating func container(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONText) -> Void) {
        comma()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    // MARK: Members

    public mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    public mutating func member(_ name: StaticString, _ value: Int) {
        key(name)
        number(value)
    }

    public mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        comma()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    public mutating func member(_ name: StaticString, _ value: Double, decimals: Int) {
        key(name)
        number(value, decimals: decimals)
    }

    /// A key known when the program was written; must be plain ASCII without quotes.
    private mutating func key(_ name: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    // MARK: Values

    public mutating func number(_ value: Int) {
        comma()
        digits(of: value.magnitude, negative: value < 0)
        needsComma = true
    }

    /// `value` rounded to at most `decimals` (0…9) places, without trailing zeros; `null` when not finite.
    public mutating func number(_ value: Double, decimals: Int) {
        comma()
        defer { needsComma = true }
        guard value.isFinite else { return bytes.append(contentsOf: "null".utf8) }
        let scale = Self.powersOfTen[decimals]
        let scaled = (abs(value) * Double(scale)).rounded()
        guard scaled < 9e18 else { return bytes.append(contentsOf: "\(value)".utf8) }
        let units = UInt(scaled)
        digits(of: units / scale, negative: value < 0 && units > 0)
        var fraction = units % scale
        guard fraction > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var place = scale / 10
        while fraction > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / place))
            fraction %= place
            place /= 10
        }
    }

    private static let powersOfTen: [UInt] = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    ]

    private mutating func digits(of value: UInt, negative: Bool) {
        if negative { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// A string with the escapes RFC 8259 demands; other text stays UTF-8.
    public mutating func string(_ value: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20, 0x7f:
                bytes.append(contentsOf: #"\u00"#.utf8)
                bytes.append(Self.hexDigits[Int(byte >> 4)])
                bytes.append(Self.hexDigits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
