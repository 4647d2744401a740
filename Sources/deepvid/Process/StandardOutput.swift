import Glibc

/// Prints text for people or other programs that is not records. A closed pipe is a quiet end, as everywhere.
func printToStandardOutput(_ text: String) -> ExitStatus {
    let line = text.hasSuffix("\n") ? text : text + "\n"
    let ok = fputs(line, stdout) >= 0 && fflush(stdout) == 0
    if ok || errno == EPIPE { return .done }
    Console.shared.error("cannot write to standard output: \(String(cString: strerror(errno)))")
    return .failed
}
