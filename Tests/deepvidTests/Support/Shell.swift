import Foundation
import Testing

/// What a command printed and how it ended.
struct Outcome {
    let command: String
    let status: Int32
    let output: String
    let errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// Runs `command` with sh in a fresh `Workspace`, where `deepvid` is the binary under test.
///
/// Output goes through files, so that no amount of it can block; a hanging command is killed after two minutes and
/// has status 124.
func shell(_ command: String, in workspace: Workspace? = nil) throws -> Outcome {
    let place = try workspace ?? Workspace()
    let (output, errors) = (place.folder.appending(path: ".stdout"), place.folder.appending(path: ".stderr"))
    for file in [output, errors] { try Data().write(to: file) }

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["timeout", "120", "sh", "-c", command]
    process.currentDirectoryURL = place.folder
    var environment = ProcessInfo.processInfo.environment
    environment["PATH"] = place.folder.path + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
    environment["COLUMNS"] = "100"
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Outcome(
        command: command, status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8))
}

/// Runs `command` and expects that it succeeds.
@discardableResult
func expectSuccess(_ command: String, in workspace: Workspace? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws -> Outcome {
    let outcome = try shell(command, in: workspace)
    #expect(outcome.status == 0, "\(command): \(outcome.errors)", sourceLocation: sourceLocation)
    return outcome
}

/// Expects a refusal: status 2, nothing on standard output, and one line that begins like every error and contains `words`.
func expectRefusal(_ command: String, _ words: String..., in workspace: Workspace? = nil, sourceLocation: SourceLocation = #_sourceLocation)
    throws
{
    let outcome = try shell(command, in: workspace)
    #expect(outcome.status == 2, "\(command): \(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, "\(command)", sourceLocation: sourceLocation)
    let first = outcome.errors.prefix { $0 != "\n" }
    #expect(first.hasPrefix("deepvid: error: "), "\(command): \(outcome.errors)", sourceLocation: sourceLocation)
    for word in words { #expect(first.contains(word), "\(command): \(outcome.errors)", sourceLocation: sourceLocation) }
}
