import Foundation
import TestSupport
import Testing

/// The manual's OPTIONS and `--help` name the same flags.
@Suite struct OptionsTests {
    @Test func manualAndHelpAgree() throws {
        let page = try Files.text("man/deepvid.1")
        let section = page.components(separatedBy: ".Sh OPTIONS\n").last!.components(separatedBy: "\n.Sh ").first!
        // .It Fl m Ar file , Fl -model Ar file
        let documented = Set(
            section.split(separator: "\n").filter { $0.hasPrefix(".It ") }
                .flatMap { $0.matches(of: /Fl -([a-z-]+)/).map { String($0.1) } })
        var offered: Set<String> = ["generate-completion-script"]
        for command in [
            "infer", "batch", "run", "check", "events", "count", "export", "cut", "compare", "tune", "render", "report", "view", "inspect",
            "memory build", "memory inspect", "models",
        ] {
            let help = try shell("deepvid \(command) --help").output
            offered.formUnion(help.matches(of: /--([a-z][a-z-]*)/).map { String($0.1) })
        }
        #expect(documented == offered)
    }
}
