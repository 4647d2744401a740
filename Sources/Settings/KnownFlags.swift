import FoundationEssentials

/// A flag of a command, as far as a key of the settings has to know it.
public struct Flag: Sendable, Equatable {
    /// Without the dashes.
    public let name: String
    /// False for what is either given or not.
    public let takesValue: Bool
    /// Whether it may be given several times.
    public let isRepeating: Bool
}

/// The flags of a command.
public struct CommandFlags: Sendable {
    private let flags: [String: Flag]

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
                let isRepeating: Bool
            }
            let command: Command
        }
        let arguments = (try? JSONDecoder().decode(Dump.self, from: Data(dump.utf8)))?.command.arguments ?? []
        precondition(!arguments.isEmpty, "ArgumentParser describes its commands in another form than it did")
        flags = arguments.reduce(into: [:]) { flags, argument in
            for name in argument.names ?? [] where name.kind == "long" && !["help", "version"].contains(name.name) {
                flags[name.name] = Flag(name: name.name, takesValue: argument.kind == "option", isRepeating: argument.isRepeating)
            }
        }
    }

    public var names: [String] { flags.keys.sorted() }

    public subscript(name: String) -> Flag? { flags[name] }
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
