import Foundation
import Testing

/// Runs the examples of the manual and the README: what is printed there must work.
@Suite struct ExamplesTests {
    @Test(arguments: ["man/deepvid.1", "man/deepvid-jsonl.5", "man/deepvid-zones.5", "README.md"])
    func examplesRun(document: String) throws {
        let text = try String(contentsOf: Workspace.repository.appending(path: document), encoding: .utf8)
        let commands = document.hasSuffix(".md") ? Self.commands(markdown: text) : Self.commands(mdoc: text)
        #expect(!commands.isEmpty)
        let place = try Workspace()
        defer { place.remove() }
        for command in commands where !command.contains("rtsp://") {
            let outcome = try shell(command, in: place)
            #expect(outcome.status == 0, "\(document): \(command)\n\(outcome.errors)")
        }
    }

    /// Lines with a prompt in literal displays, without roff's escapes.
    private static func commands(mdoc: String) -> [String] {
        mdoc.split(separator: "\n").filter { $0.hasPrefix("$ ") }.map {
            String($0.dropFirst(2)).replacing(#"\(aq"#, with: "'").replacing(#"\-"#, with: "-").replacing(#"\e"#, with: #"\"#)
        }
    }

    /// Lines with a prompt that run deepvid, in blocks of language `console`.
    private static func commands(markdown: String) -> [String] {
        var inConsole = false
        return markdown.split(separator: "\n").compactMap { line in
            if line.hasPrefix("```") { inConsole = line == "```console" }
            return inConsole && line.hasPrefix("$ ") && !line.hasPrefix("$ make") ? String(line.dropFirst(2)) : nil
        }
    }

    @Test func manualPagesAreClean() throws {
        let pages = ["deepvid.1", "deepvid-jsonl.5", "deepvid-zones.5"].map { Workspace.repository.appending(path: "man/\($0)").path }
        let outcome = try shell("mandoc -Tlint -W warning \(pages.joined(separator: " "))")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
}
