import Foundation
import TestSupport
import Testing

/// Runs the examples of the manual and the README: what is printed there must work.
@Suite struct ExamplesTests {
    @Test(arguments: [
        "man/deepvid.1", "man/deepvid-card.5", "man/deepvid-jsonl.5", "man/deepvid-zones.5", "man/deepvid.toml.5", "README.md",
    ])
    func examplesRun(document: String) throws {
        let text = try Files.text(document)
        let commands = document.hasSuffix(".md") ? Self.commands(markdown: text) : Self.commands(mdoc: text)
        #expect(!commands.isEmpty)
        let place = try Workspace()
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

    /// The README's first example is what the program prints, but for times and what the machine decides.
    @Test func printedOutputIsTheProgramsOwn() throws {
        let text = try Files.text("README.md")
        let blocks = text.components(separatedBy: "```")
        let at = try #require(blocks.firstIndex { $0.hasPrefix("json\n") })
        let command = try #require(Self.commands(markdown: "```" + blocks[at - 2] + "```").first)
        let place = try Workspace()
        let printed = try shell(command, in: place).lines, promised = blocks[at].split(separator: "\n").dropFirst().map(String.init)
        #expect(printed.count == promised.count)
        for (line, example) in zip(printed, promised) {
            let (actual, expected) = (try Self.json(line), try Self.json(example))
            #expect(Self.differences(actual, expected, at: "").isEmpty, "\(Self.differences(actual, expected, at: ""))")
        }
    }

    @Test func libraryProgramIsTheOneThatIsBuilt() throws {
        func read(_ path: String) throws -> String { try Files.text(path) }
        let (page, program) = (try read("docs/library.md"), try read("Examples/ClipContents/Sources/ClipContents/main.swift"))
        #expect(page.contains("```swift\n\(program)```"))
    }

    private static func json(_ line: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(line.utf8)) }

    /// Keys that the clock, the machine or the build decides.
    private static let masked: Set = ["timing_ms", "fps", "wall_s", "peak_memory_mb", "threads", "runtime"]

    /// Where two JSON values differ; numbers may by a hundredth, for kernels round differently.
    private static func differences(_ a: Any, _ b: Any, at place: String) -> [String] {
        switch (a, b) {
        case (let a as [String: Any], let b as [String: Any]):
            guard Set(a.keys) == Set(b.keys) else { return ["\(place): keys \(a.keys.sorted()) and \(b.keys.sorted())"] }
            return a.keys.filter { !masked.contains($0) || place.hasSuffix(".video") }
                .flatMap { differences(a[$0]!, b[$0]!, at: "\(place).\($0)") }
        case (let a as [Any], let b as [Any]):
            guard a.count == b.count else { return ["\(place): \(a.count) and \(b.count) elements"] }
            return zip(a, b).flatMap { differences($0, $1, at: place) }
        case (let a as NSNumber, let b as NSNumber):
            return abs(a.doubleValue - b.doubleValue) <= 0.01 * max(1, abs(b.doubleValue)) ? [] : ["\(place): \(a) and \(b)"]
        default: return "\(a)" == "\(b)" ? [] : ["\(place): \(a) and \(b)"]
        }
    }

    @Test func manualPagesAreClean() throws {
        let pages = ["deepvid.1", "deepvid-card.5", "deepvid-jsonl.5", "deepvid-zones.5", "deepvid.toml.5"].map {
            Files.repository.appending(path: "man/\($0)").path
        }
        let outcome = try shell("mandoc -Tlint -W warning \(pages.joined(separator: " "))")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
}
