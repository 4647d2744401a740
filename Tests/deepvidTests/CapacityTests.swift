import Foundation
import Results
import TestSupport
import Testing

/// Models of several capacities: `--capacity`, and capacities that are chosen.
@Suite struct CapacityTests {
    private func place() throws -> Workspace {
        let place = try Workspace()
        for name in ["cifar10-nested.onnx", "cifar10-nested.json"] {
            try FileManager.default.createSymbolicLink(
                at: place.folder.appending(path: name), withDestinationURL: Files.fixtures.appending(path: "models/\(name)"))
        }
        return place
    }

    private func run(_ flags: String, _ place: Workspace) throws -> Records {
        let outcome = try shell("deepvid infer street.mp4 --max-frames 60 --cache off --model cifar10-nested.onnx \(flags)", in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try Records(outcome)
    }

    @Test func withoutAReasonTheLargestRunsAndNothingIsSaid() throws {
        let place = try place(), plain = try run("", place), named = try run("--capacity full", place)
        #expect(plain.frames.map(\.classes) == named.frames.map(\.classes))
        #expect(plain.frames.allSatisfy { $0.capacity == nil && $0.models == nil })
        #expect(plain.begins.first?.model.capacities == nil)
        #expect(plain.begins.first?.options.capacity == nil)
        #expect(named.begins.first?.options.capacity == "full")
        #expect(plain.ends.first?.capacities == nil)
    }

    /// With too little time for anything the smallest runs in the end, and every frame has the answer of the capacity that it names.
    @Test(arguments: ["--cache off", "--target-agreement 1 --cache adaptive"])
    func aTightBudgetChangesTheCapacity(cache: String) throws {
        let place = try place()
        let outcome = try shell(
            "deepvid infer street.mp4 --max-frames 60 \(cache) --model cifar10-nested.onnx --budget-ms 0.0001", in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let records = try Records(outcome), known = try #require(records.begins.first?.model.capacities)
        #expect(known.map(\.name) == ["full", "large", "medium", "small"])
        #expect(zip(known, known.dropFirst()).allSatisfy { $0.macs > $1.macs })
        #expect(records.begins.first?.models == nil)
        #expect(records.frames.last?.capacity == "small")
        #expect(records.ends.first?.capacities?.map(\.frames).reduce(0, +) == 60)
        for name in Set(records.frames.compactMap(\.capacity)) {
            let alone = try run("--capacity \(name)", place)
            for (frame, own) in zip(records.frames, alone.frames) where frame.capacity == name { #expect(frame.classes == own.classes) }
        }
    }

    @Test func aLargeBudgetGrowsToTheLargest() throws {
        let place = try place()
        let outcome = try shell("deepvid infer hues.mp4 --cache off --model cifar10-nested.onnx --budget-ms 100000", in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let frames = try Records(outcome).frames
        #expect(frames.first?.capacity == "small")
        #expect(frames.last?.capacity == "full")
        let changes = zip(frames, frames.dropFirst()).count { $0.capacity != $1.capacity }
        #expect(changes == 1)
    }

    /// The smallest capacity of the nested detector was exported by itself as well.
    @Test func aSliceOfTheDetectorAnswersAsTheFileOfItsSize() throws {
        let folder = Files.fixtures.appending(path: "models").path
        func frames(_ flags: String) throws -> [FrameRecord] {
            let outcome = try shell("deepvid infer street.mp4 --max-frames 20 --cache off --score 0.01 \(flags)", in: Workspace())
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try Records(outcome).frames
        }
        let slice = try frames("--model \(folder)/detector-nested.onnx --capacity small")
        let alone = try frames("--model \(folder)/detector-nested-small.onnx")
        #expect(slice.map(\.objects) == alone.map(\.objects))
        #expect(slice.contains { $0.objects?.isEmpty == false })
    }

    @Test func theNestedDetectorKeepsToABudget() throws {
        let model = Files.fixtures.appending(path: "models/detector-nested.onnx").path
        let outcome = try shell("deepvid infer street.mp4 --max-frames 40 --cache off --model \(model) --budget-ms 0.0001", in: Workspace())
        #expect(outcome.status == 0, "\(outcome.errors)")
        let records = try Records(outcome), known = try #require(records.begins.first?.model.capacities)
        #expect(known.map(\.name) == ["full", "large", "medium", "small"])
        #expect(zip(known, known.dropFirst()).allSatisfy { $0.macs > $1.macs })
        #expect(records.frames.last?.capacity == "small")
    }

    @Test func inspectNamesThem() throws {
        let place = try place()
        let text = try shell("deepvid inspect cifar10-nested.onnx", in: place)
        #expect(text.status == 0)
        #expect(text.output.contains(/capacities +full \(accuracy 0\.[0-9]+\), large/))
        #expect(try !shell("deepvid inspect detector.onnx", in: place).output.contains("capacities"))
    }

    @Test func reuseBeginsAnewAtAChange() throws {
        let place = try place()
        let outcome = try shell("deepvid infer hues.mp4 --model cifar10-nested.onnx --budget-ms 100000", in: place)
        let records = try Records(outcome)
        let changes = zip(records.frames, records.frames.dropFirst()).filter { $0.capacity != $1.capacity }.map(\.1)
        #expect(!changes.isEmpty)
        #expect(changes.allSatisfy { $0.cache?.reason == "capacity" && $0.cache?.reused == 0 })
    }

    @Test func besideOtherModelsItSaysItUnderItsName() throws {
        let place = try place()
        let outcome = try shell(
            "deepvid infer street.mp4 --max-frames 20 --cache off --model detector.onnx --model cifar10-nested.onnx --budget-ms 0.0001",
            in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let records = try Records(outcome)
        #expect(records.begins.first?.models?["cifar10-nested"]?.capacities?.count == 4)
        #expect(records.frames.allSatisfy { $0.models?["cifar10-nested"]?.capacity != nil && $0.models?["detector"]?.capacity == nil })
        #expect(records.ends.first?.models?["cifar10-nested"]?.capacities?.count == 4)
    }

    @Test(arguments: ["total", "max"])
    func liveInputsShareTheProcessors(rule: String) throws {
        let place = try place()
        let outcome = try shell(
            "deepvid infer street.mp4 moving.mp4 --live --reconnect never --model cifar10-nested.onnx --capacity-cost \(rule)", in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let records = try Records(outcome)
        #expect(records.begins.allSatisfy { $0.options.capacityCost == (rule == "max" ? "max" : nil) })
        #expect(records.begins.allSatisfy { $0.model.capacities?.count == 4 })
        #expect(records.frames.allSatisfy { $0.capacity != nil })
    }

    @Test func aPublishedPolicyOnLiveInputRunsTheLargest() throws {
        let place = try place()
        let outcome = try shell(
            "deepvid infer street.mp4 --live --reconnect never --max-frames 5 --cache cbinfer --model cifar10-nested.onnx", in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Records(outcome).frames.allSatisfy { $0.capacity == nil })
    }

    @Test(
        arguments: [
            ("--model cifar10-nested.onnx --capacity tiny", "no capacity 'tiny': it has full, large, medium, small"),
            ("--model detector.onnx --capacity full", "one size only"),
            ("--capacity full", "is for one model that holds several"),
            ("--model cifar10-nested.onnx --capacity full --budget-ms 5", "leave one of them out"),
            ("--model cifar10-nested.onnx --model detector.onnx --capacity full", "is for one model that holds several"),
            ("--model cifar10-nested.onnx --capacity-cost max", "--capacity-cost is for several live inputs"),
            ("--model damaged.onnx --budget-ms 5", "'deepvid.capacities': is of version 7"),
        ])
    func whatDoesNotGoTogetherIsRefused(flags: String, words: String) throws {
        let place = try place()
        var bytes = try Data(contentsOf: Files.fixtures.appending(path: "models/cifar10-nested.onnx"))
        let version = try #require(bytes.range(of: Data("\"version\":1".utf8)))
        bytes.replaceSubrange(version, with: Data("\"version\":7".utf8))
        try bytes.write(to: place.folder.appending(path: "damaged.onnx"))
        let outcome = try shell("deepvid infer street.mp4 \(flags)", in: place)
        #expect(outcome.status == 2, "\(flags)")
        #expect(outcome.errors.contains(words), "\(flags): \(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }
}
