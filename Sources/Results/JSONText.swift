/// JSON under construction: keys in the order in which they are written, numbers with a stated number of decimals.
///
/// Commas place themselves: a value, key or container that follows a sibling is preceded by one.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    var string: String { String(decoding: bytes, as: UTF8.self) }

    init(reservingCapacity capacity: Int = 1024) { bytes.reserveCapacity(capacity) }

    /// Empties the text but keeps its memory.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Ends the line; what follows is another text.
    mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    // MARK: Containers and keys

    enum Container { case object, array }

    mutating func open(_ container: Container) {
        comma()
        bytes.append(container == .object ? UInt8(ascii: "{") : UInt8(ascii: "["))
        needsComma = false
    }

    mutating func close(_ container: Container) {
        bytes.append(container == .object ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        needsComma = true
    }

    /// - Parameter name: plain ASCII without quotes and backslashes.
    mutating func key(_ name: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        var name = name
        name.withUTF8 { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: Values

    mutating func null() { word("null") }

    mutating func boolean(_ value: Bool) { word(value ? "true" : "false") }

    private mutating func word(_ word: StaticString) {
        comma()
        word.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func number(_ value: Int) { digits(of: value.magnitude, decimals: 0, isNegative: value < 0) }

    /// `value` rounded to at most `decimals` (0…9) places, without trailing zeros; `null` when it is not finite.
    mutating func number(_ value: Double, decimals: Int) {
        guard value.isFinite else { return null() }
        let scaled = (abs(value) * Self.powersOfTen[decimals]).rounded()
        guard scaled < 9e18 else {
            comma()
            return bytes.append(contentsOf: "\(value)".utf8)
        }
        var units = UInt(scaled), decimals = decimals
        while decimals > 0, units % 10 == 0 { (units, decimals) = (units / 10, decimals - 1) }
        digits(of: units, decimals: decimals, isNegative: value < 0 && units > 0)
    }

    private static let powersOfTen = [1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// `units` divided by 10 to the power of `decimals`, with all of those decimals.
    private mutating func digits(of units: UInt, decimals: Int, isNegative: Bool) {
        comma()
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { text in
            var rest = units, start = text.count
            func put(_ byte: UInt8) {
                start -= 1
                text[start] = byte
            }
            for _ in 0..<decimals {
                put(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            }
            if decimals > 0 { put(UInt8(ascii: ".")) }
            repeat {
                put(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            } while rest > 0
            bytes.append(contentsOf: text[start...])
        }
    }

    /// A string with the escapes that RFC 8259 demands; other text stays UTF-8.
    mutating func string(_ value: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            if text.contains(where: Self.needsEscape) { escape(text) } else { bytes.append(contentsOf: text) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += Array(#"\n"#.utf8)
            case UInt8(ascii: "\r"): bytes += Array(#"\r"#.utf8)
            case UInt8(ascii: "\t"): bytes += Array(#"\t"#.utf8)
            case 0..<0x20, 0x7f: bytes += Array(#"\u00"#.utf8) + [Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}

/// A number as records have it: rounded to at most `decimals` (0…9) places, without trailing zeros; `null` when it is not finite.
package func numberText(_ value: Double, decimals: Int) -> String {
    var text = JSONText(reservingCapacity: 24)
    text.number(value, decimals: decimals)
    return text.string
}
