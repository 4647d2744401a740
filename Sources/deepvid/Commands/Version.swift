import Models
import ArgumentParser
import DeepVid

struct Version: DeepvidCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    mutating func perform() throws -> ExitStatus { printToStandardOutput(deepvidVersion) }
}
