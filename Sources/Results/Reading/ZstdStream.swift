import CZstd

/// Unpacks zstd. Frames may follow one another, as `batch --compress` writes them; one that is cut off ends the bytes.
final class ZstdStream: ByteStream {
    private let packed: any ByteStream
    private let context = ZSTD_createDCtx()
    private var buffer: [UInt8]
    private var at = 0
    private var isAtEnd = false

    /// - Parameter pending: bytes of `packed` that were read already.
    init(pending: [UInt8], _ packed: any ByteStream) {
        precondition(context != nil, "out of memory")
        (buffer, self.packed) = (pending, packed)
    }

    func read(into space: UnsafeMutableRawBufferPointer) throws(RecordError) -> Int {
        while true {
            var output = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
            let rest = buffer.withUnsafeBytes { bytes in
                var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: at)
                defer { at = input.pos }
                return ZSTD_decompressStream(context, &output, &input)
            }
            guard ZSTD_isError(rest) == 0 else {
                throw RecordError(
                    .unreadable, "cannot be unpacked (zstd: \(String(cString: ZSTD_getErrorName(rest)))); is the copy complete?")
            }
            if output.pos > 0 || isAtEnd { return output.pos }
            if at == buffer.count { try fill() }
        }
    }

    private func fill() throws(RecordError) {
        var fresh = [UInt8](repeating: 0, count: ZSTD_DStreamInSize())
        let result = fresh.withUnsafeMutableBytes { bytes in Result { () throws(RecordError) in try packed.read(into: bytes) } }
        let count = try result.get()
        fresh.removeLast(fresh.count - count)
        (buffer, at, isAtEnd) = (fresh, 0, count == 0)
    }

    deinit { ZSTD_freeDCtx(context) }
}
