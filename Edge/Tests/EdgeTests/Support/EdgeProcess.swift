import Foundation

/// A spawned deepvid-edge.
final class EdgeProcess: Sendable {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let tinyBundle = repository.appendingPathComponent("Fixtures/bundles/tiny").path
    /// Beside the test bundle.
    private static let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("deepvid-edge")

    /// As it printed it.
    let address: String
    private let process = Process()
    private let log: URL

    /// Returns once requests are taken.
    init(_ arguments: [String]) throws {
        log = FileManager.default.temporaryDirectory.appendingPathComponent("deepvid-edge-\(UUID().uuidString).log")
        try Data().write(to: log)
        let output = Pipe()
        process.executableURL = Self.binary
        process.arguments = ["--listen", "127.0.0.1:0"] + arguments
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        address = line.split(separator: "\n").first.map(String.init) ?? ""
    }

    func signal() { process.terminate() }

    /// Asks it to end; gives its status and log.
    func end() -> (Int32, String) {
        if process.isRunning { process.terminate() }
        return ended()
    }

    /// Waits until it has ended; gives its status and log. One that has a signal already may not be given another: that ends it at once.
    func ended() -> (Int32, String) {
        process.waitUntilExit()
        defer { try? FileManager.default.removeItem(at: log) }
        return (process.terminationReason == .exit ? process.terminationStatus : -1, (try? String(contentsOf: log, encoding: .utf8)) ?? "")
    }

    /// One that is expected to end by itself.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "60", binary.path] + arguments
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, complaint)
    }
}
