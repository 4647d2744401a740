import Foundation

/// The size that a PNG file states, after its signature; nil for anything else, and for a file that is cut off.
func pngSize(_ file: URL) throws -> (width: Int, height: Int)? {
    let bytes = try [UInt8](Data(contentsOf: file))
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    guard bytes.count > 57, Array(bytes[..<8]) == signature, Array(bytes[12..<16]) == Array("IHDR".utf8),
        Array(bytes[(bytes.count - 8)..<(bytes.count - 4)]) == Array("IEND".utf8)
    else { return nil }
    func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (number(16), number(20))
}
