import CZstd

/// Compresses with zstd. What comes after an `.end` makes a frame of its own; frames one after the other are one file.
package final class Compressor {
    private let context = ZSTD_createCCtx()
    private var buffer = [UInt8](repeating: 0, count: ZSTD_CStreamOutSize())

    package enum Directive { case more, end }

    package init() {
        precondition(context != nil, "out of memory")
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    /// - Returns: what can be written by now.
    package func add(_ bytes: [UInt8], _ directive: Directive) -> [UInt8] {
        var written: [UInt8] = []
        bytes.withUnsafeBytes { bytes in
            var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            var rest = 0
            repeat {
                let count = buffer.withUnsafeMutableBytes { space in
                    var output = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
                    rest = ZSTD_compressStream2(context, &output, &input, directive == .end ? ZSTD_e_end : ZSTD_e_continue)
                    return output.pos
                }
                precondition(ZSTD_isError(rest) == 0, "zstd refuses its own buffers")
                written += buffer[..<count]
            } while directive == .end ? rest > 0 : input.pos < input.size
        }
        return written
    }

    deinit { ZSTD_freeCCtx(context) }
}
