import Foundation
import TestSupport
import Testing

@testable import Results

/// `--then`, end to end, with a classifier of colours.
@Suite struct ThenTests {
    private func place() throws -> Workspace {
        let place = try Workspace()
        for name in ["colours.onnx", "colours.json"] {
            try FileManager.default.copyItem(atPath: Files.fixture("models/\(name)"), toPath: place.path(name))
        }
        return place
    }

    private func run(_ flags: String, in place: Workspace? = nil) throws -> Records {
        try Records(try expectSuccess("deepvid infer street.mp4 --cache off \(flags)", in: place ?? self.place()))
    }

    private func objects(_ records: Records) -> [DetectedObject] { records.frames.flatMap { $0.objects ?? [] } }

    @Test func everyObjectOfTheClassesIsAsked() throws {
        let records = try run("--then colours.onnx --on car,bus --max-frames 12"), plain = try run("--max-frames 12")
        let objects = objects(records), asked = objects.filter { ["car", "bus"].contains($0.label) }
        #expect(!asked.isEmpty && asked.count < objects.count)
        #expect(objects.allSatisfy { ($0.classes != nil) == ["car", "bus"].contains($0.label) && $0.reused == nil && $0.embedding == nil })
        for object in asked {
            #expect(object.classes!.map(\.label).sorted() == ["blue", "green", "red"])
            #expect(abs(object.classes!.reduce(0) { $0 + $1.score } - 1) < 0.001)
            #expect(object.classes!.allSatisfy { $0.model == nil })
        }
        let then = try #require(records.ends[at: 0].then?.first)
        #expect(then.model == "colours.onnx" && then.crops == asked.count && then.runs == asked.count && then.track == 0)
        #expect(try records.begins[at: 0].options.then?.first?.on == ["car", "bus"])
        #expect(records.frames.allSatisfy { $0.timingMs.then != nil })
        // Nothing else is other than without.
        #expect(plain.frames.map { $0.objects?.map(\.box) } == records.frames.map { $0.objects?.map(\.box) })
        #expect(
            try plain.frames.allSatisfy { $0.timingMs.then == nil } && plain.ends[at: 0].then == nil
                && plain.begins[at: 0].options.then == nil)
    }

    @Test func answersStandForWhoIsFollowed() throws {
        let records = try run("--then colours.onnx --track"), objects = objects(records)
        #expect(objects.allSatisfy { ($0.trackID != nil) == ($0.classes != nil) })
        let then = try #require(records.ends[at: 0].then?.first)
        #expect(then.crops == objects.count { $0.classes != nil })
        #expect(then.track == objects.count { $0.reused == .track })
        #expect(then.runs + then.track == then.crops)
        #expect(then.track > then.crops * 3 / 4)
        #expect(then.agreement?.rule == "classes")
        #expect(try records.begins[at: 0].options.answerAgeS == 10)
        // What stands is what was said.
        var last: [Int: [String]] = [:]
        for object in objects {
            guard let id = object.trackID else { continue }
            let said = object.classes!.map { "\($0.label) \($0.score)" }
            if object.reused == .track { #expect(said == last[id]) }
            last[id] = said
        }
        let always = try run("--then colours.onnx --track --answer-age 0")
        #expect(self.objects(always).allSatisfy { $0.reused == nil })
    }

    @Test func workersGiveTheSame() throws {
        let flags = "--then colours.onnx --track --threads"
        func answers(_ records: Records) -> [[String]] {
            records.frames.map {
                $0.objects!.map { "\($0.trackID ?? 0) \($0.box) \($0.classes?.first?.label ?? "") \($0.reused?.rawValue ?? "")" }
            }
        }
        let (one, two) = (try run("\(flags) 1"), try run("\(flags) 3"))
        #expect(answers(one) == answers(two))
    }

    @Test func eventsSayWhatStands() throws {
        let records = try run("--then colours.onnx --events --static keep")
        #expect(!records.events.isEmpty)
        #expect(records.events.allSatisfy { $0.classes?.count == 3 && $0.embedding == nil })
    }

    @Test func severalModelsAreToldApart() throws {
        let place = try place()
        for (name, card) in [
            ("kinds.onnx", #"{"head": "classification", "input": {"color": "rgb", "mean": 0, "std": 255, "resize": "stretch"}}"#),
            ("looks.onnx", #"{"head": "embedding", "input": {"color": "rgb", "mean": 0, "std": 255, "resize": "stretch"}}"#),
        ] {
            try FileManager.default.copyItem(atPath: Files.fixture("models/colours.onnx"), toPath: place.path(name))
            try place.write(card, to: name.replacing(".onnx", with: ".json"))
        }
        let models = "--then colours.onnx --then kinds.onnx --then looks.onnx"
        let records = try run("\(models) --on car --on car,person --on person --crop-margin 0.2 --track --max-frames 12", in: place)
        for object in objects(records) where object.trackID != nil {
            let names = Set((object.classes ?? []).map(\.model))
            switch object.label {
            case "car": #expect(names == ["colours.onnx", "kinds.onnx"] && object.embedding == nil)
            case "person": #expect(names == ["kinds.onnx"] && object.embedding?.count == 3)
            default: #expect(object.classes == nil && object.embedding == nil)
            }
        }
        #expect(try records.ends[at: 0].then?.map(\.model) == ["colours.onnx", "kinds.onnx", "looks.onnx"])
        #expect(try records.begins[at: 0].options.then?.map(\.cropMargin) == [0.2, 0.2, 0.2])
    }

    @Test(arguments: [
        ("--then detector.onnx", "finds objects"),
        ("--then colours.onnx --on cat", "has no class 'cat'; did you mean 'car'?"),
        ("--then colours.onnx --then colours.onnx", "two models are called colours.onnx"),
        ("--then colours.onnx --on car --on person", "--on is given 2 times, and --then once"),
        ("--on car", "--on goes with --then"),
        ("--crop-margin 2 --then colours.onnx", "0 to 1"),
        ("--then colours.onnx --answer-age 3", "give --track as well"),
        ("--then missing.onnx", "missing.onnx"),
        ("--then colours.onnx --model colours.onnx", "finds none"),
    ])
    func whatCannotBeIsRefused(flags: String, words: String) throws {
        let outcome = try shell("deepvid infer street.mp4 \(flags)", in: try place())
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.lines.isEmpty)
    }

    @Test func answersAreKeptFromRunToRun() throws {
        let place = try place(), flags = "--then colours.onnx --result-cache answers --max-frames 40"
        let (first, second) = (try run(flags, in: place), try run(flags, in: place))
        let (before, after) = (try #require(first.ends[at: 0].then?.first), try #require(second.ends[at: 0].then?.first))
        #expect(before.crops == after.crops && before.edge == 0 && before.track == 0)
        #expect(after.cache! > before.cache!)
        #expect(after.runs < before.runs)
        #expect(after.runs + after.cache! == after.crops)
        #expect(objects(second).count { $0.reused == .cache } == after.cache)
        #expect(try first.begins[at: 0].options.resultCache == "answers")
        // Another model's answers are not taken.
        let card = try String(contentsOfFile: place.path("colours.json"), encoding: .utf8)
        try place.write(card.replacing("green", with: "lime"), to: "colours.json")
        let other = try run(flags, in: place)
        #expect(try other.ends[at: 0].then?.first?.runs == before.runs)
        #expect(objects(other).allSatisfy { $0.classes!.allSatisfy { $0.label != "green" } })
        try place.write("not answers", to: "notes.txt")
        try expectRefusal(
            "deepvid infer street.mp4 --then colours.onnx --result-cache notes.txt", "--result-cache", "notes.txt", in: place)
        #expect(try String(contentsOfFile: place.path("notes.txt"), encoding: .utf8) == "not answers")
    }

    /// A batch that is interrupted gives what one gives that is not.
    @Test func aBatchIsTheSame() throws {
        let place = try place()
        _ = try expectSuccess("deepvid batch street.mp4 -o out --quiet --track --then colours.onnx --checkpoint-interval 20", in: place)
        let batch = try Records(try expectSuccess("cat out/street.mp4.jsonl", in: place))
        let again = try expectSuccess(
            "deepvid batch street.mp4 -o out --quiet --resume --track --then colours.onnx --checkpoint-interval 20", in: place)
        #expect(again.lines.isEmpty)
        let other = try shell("deepvid batch street.mp4 -o out --resume --track --then colours.onnx --crop-margin 0", in: place)
        #expect(other.status == 2 && other.errors.contains("other options"), "\(other.errors)")
        #expect(try batch.ends[at: 0].then?.first?.crops == objects(batch).count { $0.classes != nil })
    }
}
