import Foundation
import TestSupport
import Testing

@testable import Results

/// `--reid`, end to end: cars and people are told apart by their mean colours, and a curtain falls before all of them for two seconds.
@Suite(.enabled(if: (try? shell("ffmpeg -version"))?.status == 0, "needs ffmpeg")) struct ReidTests {
    private static let flags = "--reid looks.onnx --reid-on person,car,bus --reid-distance 0.02"

    private func place() throws -> Workspace {
        let place = try Workspace()
        try FileManager.default.copyItem(atPath: Files.fixture("models/colours.onnx"), toPath: place.path("looks.onnx"))
        for name in ["colours.onnx", "colours.json"] {
            try FileManager.default.copyItem(atPath: Files.fixture("models/\(name)"), toPath: place.path(name))
        }
        try place.write(
            #"{"head": "embedding", "input": {"color": "rgb", "mean": 0, "std": 255, "resize": "stretch"}}"#, to: "looks.json")
        _ = try expectSuccess(
            """
            ffmpeg -nostdin -loglevel error -i street.mp4 -vf "drawbox=t=fill:color=gray:enable='between(t,2,4)'" \
                -c:v mpeg2video -q:v 3 curtain.mkv
            """, in: place)
        return place
    }

    private func run(_ flags: String, in place: Workspace) throws -> Records {
        try Records(try expectSuccess("deepvid infer curtain.mkv --cache off \(flags)", in: place))
    }

    private func ids(_ records: Records, _ isMeant: (Double) -> Bool) -> Set<Int> {
        Set(records.frames.filter { isMeant($0.ptsS ?? 0) }.flatMap { $0.objects ?? [] }.compactMap(\.trackID))
    }

    @Test func whoWasOutOfSightKeepsTheID() throws {
        // What never moved is known again by its place, if it is not kept as an object.
        let place = try place(), track = "--track --static keep"
        let plain = try run(track, in: place), records = try run("\(track) \(Self.flags)", in: place)
        #expect(ids(plain) { $0 < 2 }.isDisjoint(with: ids(plain) { $0 > 4.2 }))
        let kept = ids(records) { $0 < 2 }.intersection(ids(records) { $0 > 4.2 })
        #expect(kept.count >= 2)
        // Who is in sight is nobody twice.
        for frame in records.frames {
            let shown = frame.objects!.compactMap(\.trackID)
            #expect(Set(shown).count == shown.count)
        }
        // Labels stay.
        var labels: [Int: String] = [:]
        for object in records.frames.flatMap({ $0.objects! }) {
            if let id = object.trackID { #expect(labels.updateValue(object.label, forKey: id) ?? object.label == object.label) }
        }
        let end = try #require(records.ends[at: 0].reid), tracks = try #require(records.ends[at: 0].tracks)
        #expect(end.model == "looks.onnx")
        #expect(end.recognised >= 2)
        #expect(try tracks < plain.ends[at: 0].tracks!)
        // Looks are few.
        let shown = records.frames.reduce(0) { $0 + $1.objects!.count { $0.trackID != nil } }
        #expect((1..<shown / 3).contains(end.runs))
        let options = try #require(records.begins[at: 0].options.reid)
        #expect((options.on, options.ageS, options.distance) == (["person", "car", "bus"], 30, 0.02))
        #expect(try plain.begins[at: 0].options.reid == nil && plain.ends[at: 0].reid == nil)
        #expect(records.frames.allSatisfy { $0.timingMs.then != nil && $0.objects!.allSatisfy { $0.embedding == nil } })
    }

    @Test func anEventIsOneStayWithTheAbsence() throws {
        let place = try place(), flags = "--events --static keep"
        func starts(_ records: Records) -> [Int] { records.events.filter { $0.kind == .start }.map(\.trackID) }
        let (plain, records) = (try run(flags, in: place), try run("\(flags) \(Self.flags)", in: place))
        #expect(starts(records).count < starts(plain).count)
        #expect(Set(starts(records)).count == starts(records).count)
        #expect(records.events.contains { $0.kind == .end && $0.startSeconds! < 2 && $0.endSeconds! > 4 })
    }

    @Test func workersAndBatchesGiveTheSame() throws {
        let place = try place()
        func ids(_ records: Records) -> [[Int?]] { records.frames.map { $0.objects!.map(\.trackID) } }
        let one = try run("--track \(Self.flags) --threads 1", in: place), three = try run("--track \(Self.flags) --threads 3", in: place)
        #expect(ids(one) == ids(three))
        _ = try expectSuccess(
            "deepvid batch curtain.mkv -o out --quiet --cache off --track \(Self.flags) --checkpoint-interval 20", in: place)
        let batch = try Records(try expectSuccess("cat out/curtain.mkv.jsonl", in: place))
        #expect(ids(batch) == ids(one))
        let other = try shell("deepvid batch curtain.mkv -o out --resume --cache off --track \(Self.flags) --reid-age 5", in: place)
        #expect(other.status == 2 && other.errors.contains("--reid had another value then"), "\(other.errors)")
    }

    @Test(arguments: [
        ("--reid looks.onnx", "give --track as well"),
        ("--track --reid colours.onnx", "which one"),
        ("--track --reid detector.onnx", "--reid detector.onnx: head"),
        ("--track --reid missing.onnx", "missing.onnx"),
        ("--track --reid looks.onnx --reid-on persn", "has no class 'persn'; did you mean 'person'?"),
        ("--track --reid-age 3", "--reid-age goes with --reid"),
        ("--track --reid looks.onnx --reid-age 2h", "an hour or less"),
        ("--track --reid looks.onnx --reid-distance 3", "0 to 1"),
    ])
    func whatCannotBeIsRefused(flags: String, words: String) throws {
        let outcome = try shell("deepvid infer street.mp4 \(flags)", in: try place())
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.lines.isEmpty)
    }
}
