import Glibc

/// Prints text for people or other programs that is not records. A closed pipe is a quiet end, as everywhere.
func printToStandardOutput(_ text: String) -> ExitStatus {
    switch writeAll(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: STDOUT_FILENO) {
    case nil, EPIPE: return .done
    case let code?:
        Console.shared.error("cannot write to standard output: \(String(cString: strerror(code)))")
        return .failed
    }
}

/// Writes all of `bytes`; returns the error number if that fails.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 { written += count } else if errno != EINTR { return errno }
    }
    return nil
}
