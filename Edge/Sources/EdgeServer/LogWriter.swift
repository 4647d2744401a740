import FoundationEssentials
import Glibc
import Logging

/// How a line of the log looks.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `time level message key=value …`
    case text
    /// One JSON object a line.
    case json
}

/// Writes the log to standard error, a line in one go.
public struct LogWriter: LogHandler {
    public var logLevel: Logger.Level = .info
    public var metadata: Logger.Metadata = [:]
    private let format: LogFormat

    public init(_ format: LogFormat) { self.format = format }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        var line = Self.line(format, time, event.level, event.message.description, fields) + "\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    static func line(
        _ format: LogFormat, _ time: String, _ level: Logger.Level, _ message: String, _ fields: [(String, String)]
    ) -> String {
        switch format {
        case .text:
            "\(time) \(level.rawValue) \(printable(message))"
                + fields.map { " \($0)=\($1.isEmpty || $1.contains { $0 == " " || $0 == "\"" } ? quoted($1) : printable($1))" }.joined()
        case .json:
            "{"
                + ([("time", time), ("level", level.rawValue), ("message", message)] + fields)
                .map { "\(quoted($0)):\(quoted($1))" }.joined(separator: ",") + "}"
        }
    }

    /// What comes from the network must not write lines of its own.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : $0 }))
    }

    private static func quoted(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "\"") { line, scalar in
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case let control where control.value < 32 || control.value == 127:
                let digits = String(control.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: line.unicodeScalars.append(scalar)
            }
        } + "\""
    }
}
