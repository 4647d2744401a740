import Glibc
import Results

/// Prints text for people or other programs that is not records. A closed pipe is a quiet end, as everywhere.
func printToStandardOutput(_ text: String) -> ExitStatus {
    do throws(OutputError) {
        try writeAll(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: STDOUT_FILENO)
        return .done
    } catch {
        if error.code == .closed { return .done }
        Console.shared.error("cannot write to standard output: \(error.message)")
        return .failed
    }
}
