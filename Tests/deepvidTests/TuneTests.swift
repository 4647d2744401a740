import Foundation
import Inference
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
        try precisionIsTheCards(workspace)
        let figures = try #require(told["figures"] as? [String: Any])
        try targetIsTheCards(workspace, chosen: try #require(figures["target_agreement"] as? Double))
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

    /// `target_agreement` of the folder's card, and `--target-agreement` above it.
    private func targetIsTheCards(_ workspace: Workspace, chosen: Double) throws {
        let card = workspace.folder.appending(path: "small.tuned/model.json")
        let written = try Data(contentsOf: card)
        defer { try? written.write(to: card) }
        func target(_ flags: String = "") throws -> Double? {
            let run = try expectSuccess("deepvid infer street.mp4 --model small.tuned --max-frames 2 \(flags)", in: workspace)
            return try Records(run).begins[at: 0].options.targetAgreement
        }
        #expect([0.99, 0.98, 0.97, 0.96, 0.95, 0.92, 0.9].contains(chosen))
        #expect(try target() == chosen)
        var told = try #require(try JSONSerialization.jsonObject(with: written) as? [String: Any])
        told["target_agreement"] = 0.6
        try JSONSerialization.data(withJSONObject: told).write(to: card)
        #expect(try target() == 0.6)
        #expect(try target("--target-agreement 0.7") == 0.7)
    }

    /// `precision` of the folder's card, where the CPU has the instructions, and `--precision` above it.
    private func precisionIsTheCards(_ workspace: Workspace) throws {
        let card = workspace.folder.appending(path: "small.tuned/model.json")
        let written = try Data(contentsOf: card)
        defer { try? written.write(to: card) }
        var told = try #require(try JSONSerialization.jsonObject(with: written) as? [String: Any])
        (told["precision"], told["levels"]) = ("bf16", nil)
        try JSONSerialization.data(withJSONObject: told).write(to: card)
        let command = "deepvid infer street.mp4 --model small.tuned --max-frames 1"
        let exact = try shell("\(command) --precision fp32", in: workspace)
        #expect(try Records(exact).begins[at: 0].options.precision == nil)
        let lacking = try shell("DEEPVID_ISA=portable \(command)", in: workspace)
        #expect(lacking.status == 0, "\(lacking.errors)")
        #expect(lacking.errors.contains("its card says bf16, for which this CPU lacks the instructions"), "\(lacking.errors)")
        #expect(try Records(lacking).begins[at: 0].options.precision == nil)
        guard Precision.bf16.isAvailable else { return }
        let rounded = try shell(command, in: workspace)
        #expect(!rounded.errors.contains("lacks"), "\(rounded.errors)")
        #expect(try Records(rounded).begins[at: 0].options.precision == "bf16")
    }

    /// Whole numbers with levels in the card run where nothing can be read twice.
    @Test(.enabled(if: Precision.int8.isAvailable, "this CPU has no products of bytes")) func triesAndWritesAPrecision() throws {
        let workspace = try Workspace()
        _ = try expectSuccess(
            "deepvid tune street.mp4 -o bytes.tuned --trials 3 --frames 32 --target-agreement 0.5 --precision int8 --threads 1 -q",
            in: workspace)
        let manifest = workspace.folder.appending(path: "bytes.tuned/tuned.json")
        let told = try #require(try JSONSerialization.jsonObject(with: try Data(contentsOf: manifest)) as? [String: Any])
        let trials = try #require(told["trials"] as? [[String: Any]])
        let tried = trials.compactMap { ($0["combination"] as? [String: Any])?["precision"] as? String }
        #expect(tried.contains("int8"))
        #expect(!tried.contains("bf16"))
        let card = workspace.folder.appending(path: "bytes.tuned/model.json")
        let read = try #require(try JSONSerialization.jsonObject(with: try Data(contentsOf: card)) as? [String: Any])
        let chosen = try #require((told["chosen"] as? [String: Any])?["combination"] as? [String: Any])
        #expect((read["precision"] as? String ?? "fp32") == chosen["precision"] as? String)
        #expect((read["levels"] != nil) == (chosen["precision"] as? String == "int8"))
        let streamed = try shell("deepvid infer - --model bytes.tuned --max-frames 3 <street.mp4", in: workspace)
        #expect(streamed.status == 0, "\(streamed.errors)")
        let page = try String(contentsOf: workspace.folder.appending(path: "bytes.tuned/report.html"), encoding: .utf8)
        #expect(page.contains(", int8"))
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
