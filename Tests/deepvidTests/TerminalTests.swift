import Foundation
import Testing

/// What a person sees at a terminal, which `script` plays.
@Suite(.enabled(if: hasScript, "script(1) is not installed")) struct TerminalTests {
    /// Both outputs as the terminal had them.
    private func terminal(_ command: String, in place: Workspace) throws -> Outcome {
        try expectSuccess("script -qec '\(command)' /dev/null </dev/null", in: place)
    }

    @Test func inferSumsUpWhatWasSeen() throws {
        let place = try Workspace()
        let outcome = try terminal("deepvid infer street.mp4 --track --max-frames 40", in: place)
        #expect(!outcome.output.contains("{"), "\(outcome.output)")
        #expect(
            outcome.output.contains(/street\.mp4: 1 car \(and 1 that never moved\), 1 person · 40 frames at [0-9.]+ fps/),
            "\(outcome.output)")
        #expect(outcome.output.contains("nothing was kept: -o seen.jsonl"), "\(outcome.output)")
        let untracked = try terminal("deepvid infer street.mp4 --max-frames 5", in: place)
        #expect(untracked.output.contains("at most 1 car, 1 person at a time"), "\(untracked.output)")
        let classifier = try terminal("deepvid infer hues.mp4 --bundle bundle --max-frames 5", in: place)
        #expect(classifier.output.contains(/mostly [a-z]+ \([0-9] of 5 frames\)/), "\(classifier.output)")
        let nothing = try terminal("deepvid infer street.mp4 --max-frames 2 --score 1", in: place)
        #expect(nothing.output.contains("street.mp4: nothing seen"), "\(nothing.output)")
    }

    @Test func recordsAreShownWhenAskedFor() throws {
        let place = try Workspace()
        #expect(try terminal("deepvid infer street.mp4 --max-frames 2 --json", in: place).output.contains(#"{"type":"begin""#))
        #expect(try terminal("deepvid infer street.mp4 --max-frames 2 -q", in: place).output.contains(#"{"type":"begin""#))
        // Into pipes and files they always go.
        #expect(try terminal("deepvid infer street.mp4 --max-frames 2 | grep -c frame_ms\\\\\\|timing_ms", in: place).output.contains("3"))
        #expect(try terminal("deepvid infer street.mp4 --max-frames 2 2>errors", in: place).output.contains(#"{"type":"begin""#))
        try expectRefusal("deepvid infer street.mp4 --json -o a.jsonl", "--json", in: place)
    }

    @Test func whatToDoNextIsSaid() throws {
        let place = try Workspace()
        let infer = try terminal("deepvid infer street.mp4 --max-frames 5 -o seen.jsonl", in: place).output
        #expect(infer.contains("results in seen.jsonl"), "\(infer)")
        #expect(infer.contains("next: deepvid report seen.jsonl -o report.html"), "\(infer)")
        let report = try terminal("deepvid report seen.jsonl -o report.html", in: place).output
        #expect(report.contains("at most 1 car, 1 person at a time"), "\(report)")
        #expect(report.contains("next: open report.html"), "\(report)")
        let batch = try terminal("deepvid batch street.mp4 moving.mp4 --track --max-frames 5 -o out", in: place).output
        #expect(batch.contains(/1 car that never moved, 1 person that never moved/), "\(batch)")
        #expect(batch.contains("next: deepvid count out --by camera,class; deepvid report out -o report.html"), "\(batch)")
    }

    /// Logs have no use for advice.
    @Test func elsewhereNothingIsSaid() throws {
        let outcome = try expectSuccess("deepvid infer street.mp4 --max-frames 5 -o seen.jsonl && deepvid report seen.jsonl -o report.html")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    }
}

private let hasScript = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")
