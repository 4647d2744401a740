import FoundationEssentials

/// A flag of a command, as far as a key of the settings has to know it.
public struct Flag: Sendable, Equatable {
    /// Without the dashes.
    public let name: String
    /// False for what is either given or not.
    public let takesValue: Bool
    /// Whether it may be given several times.
    public let isRepeating: Bool
    /// What the help calls its value; nil without one.
    public let valueName: String?
}

/// The flags of a command.
public struct CommandFlags: Sendable {
    private let flags: [String: Flag]
    /// Names of flags by the letters that stand for them.
    private let letters: [String: String]

    /// - Parameter dump: what ArgumentParser says of the command in JSON (`--experimental-dump-help`). Its own flags, such as `--help`,
    ///   are left out.
    public init(dump: String) {
        struct Dump: Decodable {
            struct Command: Decodable { let arguments: [Argument]? }
            struct Argument: Decodable {
                struct Name: Decodable {
                    let kind: String
                    let name: String
                }
                let kind: String
                let names: [Name]?
                let valueName: String?
                let isRepeating: Bool

                func names(_ kind: String) -> [String] { (names ?? []).filter { $0.kind == kind }.map(\.name) }
            }
            let command: Command
        }
        let arguments = (try? JSONDecoder().decode(Dump.self, from: Data(dump.utf8)))?.command.arguments ?? []
        precondition(!arguments.isEmpty, "ArgumentParser describes its commands in another form than it did")
        flags = arguments.reduce(into: [:]) { flags, argument in
            for name in argument.names("long") where !["help", "version"].contains(name) {
                let takesValue = argument.kind == "option"
                flags[name] = Flag(
                    name: name, takesValue: takesValue, isRepeating: argument.isRepeating, valueName: takesValue ? argument.valueName : nil)
            }
        }
        letters = arguments.reduce(into: [:]) { letters, argument in
            for letter in argument.names("short") { letters[letter] = argument.names("long").first }
        }
    }

    public var names: [String] { flags.keys.sorted() }

    public subscript(name: String) -> Flag? { flags[name] }

    /// As it is written on the command line: `--model`, `-m`.
    public subscript(spelling word: String) -> Flag? {
        if word.hasPrefix("--") { return flags[String(word.dropFirst(2))] }
        return word.hasPrefix("-") ? letters[String(word.dropFirst())].flatMap { flags[$0] } : nil
    }
}

/// The commands that cameras are run by.
public struct KnownFlags: Sendable {
    public let infer: CommandFlags
    public let batch: CommandFlags
    /// ` (did you mean 'classes'?)`, or nothing.
    let didYouMean: @Sendable (_ word: String, _ names: [String]) -> String

    public init(infer: CommandFlags, batch: CommandFlags, didYouMean: @escaping @Sendable (String, [String]) -> String) {
        (self.infer, self.batch, self.didYouMean) = (infer, batch, didYouMean)
    }

    subscript(tool: CameraCommand.Tool) -> CommandFlags { tool == .infer ? infer : batch }
}
