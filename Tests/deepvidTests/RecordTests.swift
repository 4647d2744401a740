import Foundation
import Results
import Testing

/// What `infer` prints for whole clips.
@Suite struct RecordTests {
    @Test func clipGivesBeginFramesEnd() throws {
        let outcome = try expectSuccess("deepvid infer street.mp4")
        #expect(outcome.errors.isEmpty, "nothing for people when nobody looks")
        let records = try Records(outcome)
        let (begin, end) = (try #require(records.begins.first), try #require(records.ends.first))
        #expect(records.types == ["begin"] + Array(repeating: "frame", count: records.frames.count) + ["end"])
        #expect(begin.schema == schemaVersion)
        #expect(begin.source == "street.mp4")
        #expect(begin.model.name == "embedded")
        #expect(end.reason == .finished)
        #expect(end.error == nil)
        #expect(end.frames == records.frames.count)
        #expect(end.decoded == end.frames)
        #expect(end.frames > 0)
        #expect(records.frames.map(\.frame) == Array(0..<end.frames))
        #expect(end.peakMemoryMB > 1)
        #expect(end.fps > 0)
        if let frames = begin.video?.frames { #expect(frames == end.frames) }
    }

    @Test func boxesLieInsideTheFrame() throws {
        let records = try Records(try shell("deepvid infer street.mp4 --score 0.01"))
        let video = try #require(records.begins.first?.video)
        for frame in records.frames {
            let objects = try #require(frame.objects, "a detector's frame has objects, if only an empty list")
            #expect(objects.map(\.score) == objects.map(\.score).sorted(by: >))
            for object in objects {
                #expect(object.box.count == 4)
                #expect((0...1).contains(object.score))
                #expect(object.box[0] >= 0)
                #expect(object.box[0] + object.box[2] <= Double(video.width) + 0.02)
                #expect(object.box[1] >= 0)
                #expect(object.box[1] + object.box[3] <= Double(video.height) + 0.02)
            }
        }
    }

    @Test func timesAreThoseOfTheContainer() throws {
        let records = try Records(try shell("deepvid infer street.mp4"))
        let times = records.frames.compactMap(\.ptsS)
        #expect(times.count == records.frames.count)
        #expect(times == times.sorted())
        for frame in records.frames {
            let timing = frame.timingMs
            let parts = [timing.decode, timing.preprocess ?? 0, timing.match ?? 0, timing.infer, timing.postprocess ?? 0]
            #expect(abs(timing.total - parts.reduce(0, +)) < 0.01)
        }
    }

    @Test func frameSelection() throws {
        let all = try Records(try shell("deepvid infer street.mp4")).frames
        let third = try Records(try shell("deepvid infer street.mp4 --every 3")).frames
        #expect(third.map(\.frame) == all.map(\.frame).filter { $0 % 3 == 0 })
        let four = try Records(try shell("deepvid infer street.mp4 --max-frames 4"))
        #expect(four.frames.count == 4)
        #expect(four.ends.first?.reason == .finished)
        let later = try Records(try shell("deepvid infer street.mp4 --start 0.5 --max-frames 1")).frames
        #expect(try #require(later.first?.ptsS) >= 0.5)
        let short = try Records(try shell("deepvid infer street.mp4 --duration 0:00.4")).frames
        #expect(!short.isEmpty)
        #expect(short.allSatisfy { ($0.ptsS ?? 9) < 0.4 })
    }

    @Test func classesAreFiltered() throws {
        let records = try Records(try shell("deepvid infer street.mp4 --score 0.01 --classes car,person"))
        #expect(records.begins.first?.options.classes == ["car", "person"])
        #expect(records.frames.flatMap { $0.objects ?? [] }.allSatisfy { ["car", "person"].contains($0.label) })
        try expectRefusal("deepvid infer street.mp4 --classes cat-bus", "--classes: the model has no class 'cat-bus'", "person")
    }

    @Test func severalInputsNameTheirSource() throws {
        let outcome = try shell("deepvid infer street.mp4 street.mp4 --max-frames 2")
        let records = try Records(outcome)
        #expect(records.types == ["begin", "frame", "frame", "end", "begin", "frame", "frame", "end"])
        #expect(records.frames.allSatisfy { $0.source == "street.mp4" })
        #expect(try Records(shell("deepvid infer street.mp4 --max-frames 1")).frames.first?.source == nil)
    }

    @Test func standardInput() throws {
        let piped = try Records(try shell("cat street.mp4 | deepvid infer - --max-frames 5 --cache off"))
        #expect(piped.begins.first?.source == "-")
        #expect(piped.frames.count == 5)
        let redirected = try Records(try shell("deepvid infer - --max-frames 5 --cache off <street.mp4"))
        #expect(redirected.frames.map(\.objects) == piped.frames.map(\.objects))
    }

    @Test func sameModelByNameGivesTheSame() throws {
        let embedded = try Records(try shell("deepvid infer street.mp4 --max-frames 5 --cache off"))
        let named = try Records(try shell("deepvid infer street.mp4 --max-frames 5 --cache off --model detector.onnx"))
        #expect(named.begins.first?.model.name == "detector.onnx")
        #expect(named.begins.first?.model.sha256 == embedded.begins.first?.model.sha256)
        let sum = try shell("sha256sum detector.onnx")
        #expect(try named.begins.first.map { try sum.lines[at: 0].hasPrefix($0.model.sha256 + " ") } == true)
        #expect(named.frames.map(\.objects) == embedded.frames.map(\.objects))
    }

    @Test func threadsDoNotChangeResults() throws {
        let one = try Records(try shell("deepvid infer street.mp4 --max-frames 5 --cache off --threads 1"))
        let two = try Records(try shell("deepvid infer street.mp4 --max-frames 5 --cache off --threads 2"))
        #expect(one.frames.map(\.objects) == two.frames.map(\.objects))
    }

    @Test func reuseIsReportedAndCanBeExact() throws {
        let off = try Records(try shell("deepvid infer street.mp4 --max-frames 15 --cache off"))
        #expect(off.frames.allSatisfy { $0.cache == nil })
        #expect(off.ends.first?.cache == nil)
        let exact = try Records(try shell("deepvid infer street.mp4 --max-frames 15 --cache adaptive --target-agreement 1"))
        #expect(exact.frames.allSatisfy { $0.cache != nil })
        #expect(exact.frames.first?.cache?.reason == "first_frame")
        #expect(exact.frames.map(\.objects) == off.frames.map(\.objects))
        #expect(exact.ends.first?.cache?.policy == "adaptive")
        #expect(exact.begins.first?.options.cache == "adaptive")
        #expect(exact.begins.first?.options.targetAgreement == 1)
    }
}
