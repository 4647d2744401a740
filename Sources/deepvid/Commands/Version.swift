import ArgumentParser
import Pipeline

struct Version: DeepvidCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    mutating func perform() throws -> ExitStatus { printToStandardOutput(deepvidVersion) }
}
