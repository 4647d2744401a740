import Glibc

/// Prints text for people or other programs that is not records. A closed pipe is a quiet end, as everywhere.
func printToStandardOutput(_ text: String) -> ExitStatus {
    let bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if count >= 0 {
            written += count
        } else if errno == EPIPE {
            return .done
        } else if errno != EINTR {
            Console.shared.error("cannot write to standard output: \(String(cString: strerror(errno)))")
            return .failed
        }
    }
    return .done
}
