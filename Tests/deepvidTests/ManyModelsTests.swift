import Foundation
import Results
import TestSupport
import Testing

/// `--model` given several times, and catalogs.
@Suite struct ManyModelsTests {
    private func place() throws -> Workspace {
        let place = try Workspace()
        for name in ["colours.onnx", "colours.json"] {
            try FileManager.default.createSymbolicLink(
                at: place.folder.appending(path: name), withDestinationURL: Files.fixtures.appending(path: "models/\(name)"))
        }
        return place
    }

    private func run(_ command: String, _ place: Workspace) throws -> Records {
        let outcome = try shell(command, in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try Records(outcome)
    }

    /// Each model's answers are those of a run with it alone, whatever reuse does; the first detector's are also at the top.
    @Test(arguments: ["--cache off", "--target-agreement 1", "--target-agreement 1 --threads 2"])
    func answersAreThoseOfSeparateRuns(flags: String) throws {
        let place = try place(), common = "deepvid infer street.mp4 --max-frames 70 \(flags)"
        let both = try run("\(common) --model colours.onnx --model detector.onnx --model again=detector.onnx", place)
        let detector = try run("\(common) --model detector.onnx", place), colours = try run("\(common) --model colours.onnx", place)
        let begin = try #require(both.begins.first)
        #expect(begin.model.name == "detector.onnx")
        #expect(begin.models?["colours"]?.head == "classification")
        #expect(begin.models?["detector"]?.shared == 1)
        #expect(begin.models?["colours"]?.shared == nil)
        #expect(both.frames.count == 70)
        for (frame, (own, other)) in zip(both.frames, zip(detector.frames, colours.frames)) {
            let models = try #require(frame.models)
            #expect(frame.objects == own.objects)
            #expect(models["detector"]?.objects == own.objects)
            #expect(models["again"]?.objects == own.objects)
            #expect(models["colours"]?.classes == other.classes)
            #expect(models["colours"]?.cache == other.cache)
            #expect(models["detector"]?.cache == own.cache)
            #expect(frame.cache == own.cache)
        }
        let end = try #require(both.ends.first)
        #expect(end.models?["again"]?.seen == detector.ends.first?.seen)
        #expect(end.models?["colours"]?.seen == colours.ends.first?.seen)
        #expect(end.seen == detector.ends.first?.seen)
    }

    /// What follows objects follows those of the first detector, as if it were alone.
    @Test func objectsOfTheFirstDetectorAreFollowed() throws {
        let place = try place()
        let both = try run("deepvid infer street.mp4 --track --score 0.1 --cache off --model colours.onnx --model detector.onnx", place)
        let alone = try run("deepvid infer street.mp4 --track --score 0.1 --cache off --model detector.onnx", place)
        #expect(both.frames.map(\.objects) == alone.frames.map(\.objects))
        #expect(both.frames.contains { $0.objects?.contains { $0.trackID != nil } == true })
        #expect(both.frames.allSatisfy { $0.models?["detector"]?.objects == $0.objects })
        let events = try run("deepvid infer street.mp4 --events --score 0.1 --cache off --model colours.onnx --model detector.onnx", place)
        #expect(!events.events.isEmpty)
    }

    @Test func oneModelIsAsEver() throws {
        let outcome = try shell("deepvid infer street.mp4 --max-frames 3 --model x=detector.onnx", in: try place())
        #expect(!outcome.output.contains("\"models\""))
        #expect(outcome.status == 0)
    }

    @Test func batchesTakeSeveralModels() throws {
        let place = try place()
        let command = "deepvid batch street.mp4 moving.mp4 -o out --quiet --checkpoint-interval 20"
        let models = "--model detector.onnx --model colours.onnx"
        #expect(try shell("\(command) \(models)", in: place).status == 0)
        let records = try Records(try shell("cat out/street.mp4.jsonl", in: place))
        #expect(records.frames.allSatisfy { $0.models?["colours"]?.classes != nil })
        // With another model beside it, it is another batch.
        #expect(try shell("\(command) --resume \(models)", in: place).status == 0)
        let other = try shell("\(command) --resume --model detector.onnx", in: place)
        #expect(other.status == 2)
        #expect(other.errors.contains("another model"))
    }

    @Test(
        arguments: [
            ("--model detector.onnx --model detector.onnx", "both would answer as 'detector'"),
            ("--model detector.onnx --model colours.onnx --card colours.json", "--card is for one model"),
            ("--model detector.onnx --model colours.onnx --cache deepmon", "--cache deepmon is for one model"),
            ("--model detector.onnx --model colours.onnx --memory m", "--memory is for one classifier"),
            ("--model detector.onnx --model colours.onnx --decode active", "--decode active is for one model"),
            ("--model detector.onnx --model colours.onnx --bundle bundle", "leave --model out"),
            ("--model detector.onnx --model colours.onnx --classes peron", "none of the models has a class 'peron'"),
            ("--model detector.onnx --model missing.onnx", "missing.onnx"),
            ("--model detector.onnx --budget-ms 20", "no --model has any"), ("--budget-ms 0", "--budget-ms must be more than 0"),
            ("--model missing.toml", "no such catalog"), ("--model wrong.toml", "wrong.toml:2:"),
            ("--model mixed.toml", "variants of a model answer the same question"),
            ("--model two.toml --head yolox", "--head is for one model"),
        ])
    func whatDoesNotGoTogetherIsRefused(flags: String, words: String) throws {
        let place = try place()
        try place.write("version = 1\nvariants = 2\n", to: "wrong.toml")
        try place.write(catalog("detector.onnx", "colours.onnx"), to: "mixed.toml")
        try place.write(catalog("detector.onnx", "detector.onnx"), to: "two.toml")
        let outcome = try shell("deepvid infer street.mp4 \(flags)", in: place)
        #expect(outcome.status == 2, "\(flags)")
        #expect(outcome.errors.contains(words), "\(flags): \(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    private func catalog(_ models: String...) -> String {
        "version = 1\n"
            + models.enumerated().map { "[[variant]]\nname = \"v\($0)\"\nmodel = \"\($1)\"\naccuracy = 0.\(5 + $0)\n" }.joined()
    }

    /// Whatever variant runs, the answers are those of its model; the most accurate one runs where nothing is limited.
    @Test func catalogs() throws {
        let place = try place()
        try place.write(catalog("detector.onnx", "detector.onnx"), to: "two.toml")
        let alone = try run("deepvid infer street.mp4 --max-frames 40 --cache off --model detector.onnx", place)
        let free = try run("deepvid infer street.mp4 --max-frames 40 --cache off --model two.toml --model colours.onnx", place)
        #expect(free.frames.map(\.objects) == alone.frames.map(\.objects))
        #expect(free.frames.allSatisfy { $0.models?["two"]?.variant == "v1" })
        #expect(free.frames.allSatisfy { $0.models?["colours"]?.variant == nil && $0.models?["colours"]?.classes != nil })
        #expect(free.begins.first?.models?["two"]?.variants?.map(\.accuracy) == [0.5, 0.6])
        // Nothing is fast enough: the cheapest runs on every frame.
        let limited = try run("deepvid infer street.mp4 --max-frames 40 --cache off --model two.toml --budget-ms 0.001", place)
        #expect(limited.frames.map(\.objects) == alone.frames.map(\.objects))
        #expect(Set(limited.frames.compactMap { $0.models?["two"]?.variant }).count == 1)
        #expect(limited.begins.first?.options.budgetMs == 0.001)
        #expect(limited.ends.first?.models?["two"]?.variants?.map(\.frames).reduce(0, +) == 40)
    }
}
