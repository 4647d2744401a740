/// `null` stands for a number that is not finite. JSONDecoder takes such numbers as words only.
enum NullNumbers {
    /// The text with `"NaN"` in place of each `null` outside of strings.
    static func named(in bytes: ArraySlice<UInt8>) -> [UInt8] {
        var named: [UInt8] = []
        named.reserveCapacity(bytes.count + 64)
        var isString = false
        var at = bytes.startIndex
        while at < bytes.endIndex {
            let byte = bytes[at]
            if isString, byte == UInt8(ascii: "\\"), at + 1 < bytes.endIndex {
                named.append(byte)
                at += 1
            } else if byte == UInt8(ascii: "\"") {
                isString.toggle()
            } else if !isString, byte == UInt8(ascii: "n"), bytes[at...].starts(with: "null".utf8) {
                named.append(contentsOf: "\"NaN\"".utf8)
                at += 4
                continue
            }
            named.append(bytes[at])
            at += 1
        }
        return named
    }
}
