import Hashing
import Testing

@Suite struct SHA256Tests {
    /// From FIPS 180-4's examples, and `sha256sum`.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func knownDigests(text: String, digest: String) {
        #expect(Array(text.utf8).withUnsafeBytes { SHA256.hex(of: $0) } == digest)
    }

    @Test func aMillionLetters() {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(bytes.withUnsafeBytes { SHA256.hex(of: $0) } == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// Around the block and around the padding, whole and cut in two everywhere.
    @Test func piecesGiveWhatTheWholeGives() {
        for count in [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 200] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            bytes.withUnsafeBytes { bytes in
                let whole = SHA256.hex(of: bytes)
                for cut in 0...count {
                    var hash = SHA256()
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
                    _ = hash.hex
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes[cut...]))
                    #expect(hash.hex == whole, "\(count) bytes, cut at \(cut)")
                }
            }
        }
    }
}
