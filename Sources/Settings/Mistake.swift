/// A place in a file, from 1. Columns count characters.
public struct Position: Sendable, Hashable, Comparable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) { (self.line, self.column) = (line, column) }

    public static func < (a: Position, b: Position) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// What is wrong at a place of the settings, and what to do.
public struct Mistake: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    public let position: Position
    public let message: String

    public init(file: String, position: Position, message: String) { (self.file, self.position, self.message) = (file, position, message) }

    /// As compilers write it, so that editors find the place.
    public var description: String { "\(file):\(position.line):\(position.column): \(message)" }

    /// In the order of their places, each once: a default's is met for every camera.
    public static func sorted(_ mistakes: [Mistake]) -> [Mistake] {
        Set(mistakes).sorted { ($0.position, $0.message) < ($1.position, $1.message) }
    }
}

/// Why there are no settings at all.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable { case unreadable, noSuchCamera }

    public let code: Code
    /// What failed, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    public var description: String { message }
}
