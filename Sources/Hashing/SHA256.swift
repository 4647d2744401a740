import CCrypto

/// The SHA-256 digest of bytes that come in pieces, by OpenSSL, which uses the processor's own instructions where there are some.
///
/// A record names the exact model that it came from by it, and a download is known for what it should be. O(bytes).
public struct SHA256: Sendable {
    private var context = Context()

    public init() {}

    /// The digest of `bytes` in lower-case hexadecimal.
    public static func hex(of bytes: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hex
    }

    /// Takes in the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if !isKnownUniquelyReferenced(&context) { context = Context(copying: context) }
        check(EVP_DigestUpdate(context.pointer, bytes.baseAddress, bytes.count))
    }

    /// The digest of all bytes so far, in lower-case hexadecimal; more may follow.
    public var hex: String { bytes.map { (byte: UInt8) in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() }

    /// The digest of all bytes so far, 32 bytes; more may follow.
    public var bytes: [UInt8] {
        let end = Context(copying: context)
        var digest = [UInt8](repeating: 0, count: 32)
        check(EVP_DigestFinal_ex(end.pointer, &digest, nil))
        return digest
    }

    /// Owns OpenSSL's state. Only a value that is its single owner changes it.
    private final class Context: @unchecked Sendable {
        let pointer: OpaquePointer

        init() {
            pointer = EVP_MD_CTX_new()
            check(EVP_DigestInit_ex(pointer, EVP_sha256(), nil))
        }

        init(copying other: Context) {
            pointer = EVP_MD_CTX_new()
            check(EVP_MD_CTX_copy_ex(pointer, other.pointer))
        }

        deinit { EVP_MD_CTX_free(pointer) }
    }
}

/// With valid arguments these calls fail only for want of memory.
private func check(_ status: Int32) { precondition(status == 1, "libcrypto cannot compute SHA-256") }
