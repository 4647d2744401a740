import Foundation
import Inference
import Tensors
import Testing
import TestSupport

/// What computes a graph under test.
struct ConformanceEngine: Sendable, CustomTestStringConvertible {
    let name: String
    let run: @Sendable (Graph, [String: Tensor]) throws -> [Tensor]

    var testDescription: String { name }

    /// Every engine goes through the same tests.
    static let all = [
        ConformanceEngine(name: "interpreter") { graph, inputs in try Interpreter(graph: graph).run(inputs) },
        ConformanceEngine(name: "plan") { graph, inputs in
            let plan = try Plan(graph, inputShapes: inputs.mapValues(\.shape))
            return try Session(plan, threads: 1).run(
                plan.inputs.map { input in
                    guard let tensor = inputs[input.name] else { throw ConformanceFailure("no input '\(input.name)'") }
                    return tensor
                })
        },
    ]
}

/// Runs the ONNX node tests and compares with the committed list of exceptions.
struct ConformanceRunner {
    static let archive = Files.shared.appendingPathComponent("conformance/onnx-node-v1.17.0.tar.xz")
    static var isAvailable: Bool { FileManager.default.fileExists(atPath: archive.path) }

    static let exceptionsFile = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("conformance-exceptions.txt")

    /// Lines `name — reason`; `#` begins a comment.
    static func exceptions() throws -> [String: String] {
        var exceptions: [String: String] = [:]
        for line in try String(contentsOf: exceptionsFile, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.components(separatedBy: " — ")
            guard parts.count == 2 else { throw ConformanceFailure("'\(line)' is not 'name — reason'") }
            exceptions[parts[0]] = parts[1]
        }
        return exceptions
    }

    let cases: [ConformanceCase]

    init() throws {
        let folder = try TemporaryFolder()
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "-xJf", Self.archive.path, "-C", folder.url.path]
        try tar.run()
        tar.waitUntilExit()
        guard tar.terminationStatus == 0 else { throw ConformanceFailure("tar could not unpack \(Self.archive.path)") }
        let root = folder.url.appendingPathComponent("node_v1.17.0")
        cases = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
            .map { ConformanceCase(name: $0, folder: root.appendingPathComponent($0), unpacked: folder) }
    }

    func run(_ engine: ConformanceEngine) throws -> ConformanceReport {
        let exceptions = try Self.exceptions()
        var report = ConformanceReport(engine: engine.name, total: cases.count)
        for test in cases {
            switch try test.scope() {
            case .otherOperators: report.otherOperators += 1
            case .otherTypes: report.otherTypes += 1
            case .otherOpset: report.otherOpsets += 1
            case .applicable:
                let subject = try test.subject()
                report.bySubject[subject, default: (0, 0)].of += 1
                let failure: String?
                do { failure = try test.failure(engine) } catch { failure = "\(error)" }
                switch (failure, exceptions[test.name]) {
                case (nil, nil):
                    report.passed += 1
                    report.bySubject[subject, default: (0, 0)].passed += 1
                case (nil, _?): report.stale.append(test.name)
                case (_?, _?): report.listed.append(test.name)
                case (let failure?, nil): report.failed.append((test.name, failure))
                }
            }
        }
        report.stale += exceptions.keys.filter { name in !cases.contains { $0.name == name } }.sorted()
        return report
    }
}

struct ConformanceFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The count, for people and for the test.
struct ConformanceReport: CustomStringConvertible {
    let engine: String
    let total: Int
    var passed = 0
    var failed: [(name: String, reason: String)] = []
    /// Failing, and in the list of exceptions.
    var listed: [String] = []
    /// In the list of exceptions, but passing (or unknown): take the line out.
    var stale: [String] = []
    /// By operator.
    var bySubject: [String: (passed: Int, of: Int)] = [:]
    var otherOperators = 0
    var otherTypes = 0
    var otherOpsets = 0

    init(engine: String, total: Int) { (self.engine, self.total) = (engine, total) }

    var description: String {
        let applicable = passed + failed.count + listed.count + stale.count
        var lines = [
            "ONNX node tests, \(engine): \(passed) of \(applicable) applicable passed, \(failed.count) failed, "
                + "\(listed.count) listed exceptions, \(stale.count) stale exceptions; "
                + "\(otherOperators + otherTypes + otherOpsets) of \(total) not applicable "
                + "(\(otherOperators) other operators, \(otherTypes) other types, \(otherOpsets) older opsets)"
        ]
        let counts = bySubject.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.passed)/\($0.value.of)" }
        lines.append("  by operator: \(counts.joined(separator: ", "))")
        lines += failed.map { "  failed: \($0.name): \($0.reason)" }
        lines += listed.map { "  listed: \($0)" }
        lines += stale.map { "  stale exception: \($0) passes or does not exist" }
        return lines.joined(separator: "\n")
    }
}
