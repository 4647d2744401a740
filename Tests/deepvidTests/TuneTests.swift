import Foundation
import TestSupport
import Testing

/// `deepvid tune`, and the folder that it writes, with the embedded model.
@Suite struct TuneTests {
    private static let command = "deepvid tune street.mp4 -o small.tuned --trials 4 --frames 32 --target-agreement 0.8 --threads 1"

    @Test func tunesAndRuns() throws {
        let workspace = try Workspace()
        let run = try shell(Self.command, in: workspace)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.isEmpty, "\(run.errors)")
        #expect(run.errors.contains("untouched"), "\(run.errors)")
        #expect(run.errors.contains("small.tuned/report.html"), "\(run.errors)")
        let folder = workspace.folder.appending(path: "small.tuned")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                "model.json", "model.onnx", "report.html", "tuned.json",
            ])
        let manifest = folder.appending(path: "tuned.json")
        let told = try #require(try JSONSerialization.jsonObject(with: try Data(contentsOf: manifest)) as? [String: Any])
        #expect(told["version"] as? Int == 1)
        #expect(told["model"] as? String == "embedded")
        let trials = try #require(told["trials"] as? [[String: Any]])
        #expect((2...8).contains(trials.count))
        #expect(trials[0]["agreement"] as? Double == 1)
        let chosen = try #require(told["chosen"] as? [String: Any])
        #expect(chosen["held_out_agreement"] as? Double ?? 0 >= 0.8)
        #expect(chosen["agreement"] as? Double ?? 0 >= 0.8)
        let page = try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8)
        #expect(page.contains("<svg"))
        #expect(page.contains("What each technique gave"))

        let records = try Records(try expectSuccess("deepvid infer street.mp4 --model small.tuned/ --max-frames 3", in: workspace))
        #expect(records.frames.count == 3)
        #expect(records.frames.contains { $0.objects?.isEmpty == false })
        #expect(try records.begins[at: 0].model.name == "small.tuned")
        #expect(try records.begins[at: 0].model.labels?.contains("person") == true)
        #expect(try expectSuccess("deepvid inspect small.tuned", in: workspace).output.contains("small.tuned"))
        // It is replaced; the tuned model is a model like others, and may be tuned again.
        _ = try expectSuccess(
            "deepvid tune street.mp4 -m small.tuned -o again.tuned --trials 1 --frames 32 --threads 1 -q", in: workspace)

        try Data("{\"version\": 2, \"model_sha256\": \"\"}".utf8).write(to: manifest)
        try expectRefusal("deepvid infer street.mp4 --model small.tuned", "version 2", in: workspace)
        try Data("{".utf8).write(to: manifest)
        try expectRefusal("deepvid infer street.mp4 --model small.tuned", "damaged", in: workspace)
        try Data("{\"version\": 1, \"model_sha256\": \"00\"}".utf8).write(to: manifest)
        try expectRefusal("deepvid infer street.mp4 --model small.tuned", "changed or cut short", in: workspace)
    }

    @Test func refuses() throws {
        let workspace = try Workspace()
        try expectRefusal("deepvid tune street.mp4", "--output", in: workspace)
        try expectRefusal("deepvid tune street.mp4 -o t --max-ms 0", "more than 0", in: workspace)
        try expectRefusal("deepvid tune street.mp4 -o t --target-agreement 0.2", "0.2", in: workspace)
        try expectRefusal("deepvid tune missing.mp4 -o t", "missing.mp4", in: workspace)
        try expectRefusal("deepvid tune street.mp4 -o street.mp4", "is a file", in: workspace)
        try expectRefusal("deepvid tune street.mp4 -o .", "has other files in it", in: workspace)
        try expectRefusal("deepvid tune street.mp4 -o t --max-frames 3 -q", "name more or longer clips", in: workspace)
        try expectRefusal(
            "deepvid tune street.mp4 -o t --trials 1 --frames 32 --max-ms 0.001 --threads 1 -q", "no combination keeps the limits",
            in: workspace
        )
        #expect(!FileManager.default.fileExists(atPath: workspace.folder.appending(path: "t/tuned.json").path))
    }
}
