import Foundation
import Testing

/// The embedded detector's input takes the shape of each video.
@Suite struct ShapeTests {
    /// With a 4:3 part of the demo.
    private func workspace() throws -> Workspace {
        let place = try Workspace()
        try expectSuccess(
            "ffmpeg -nostdin -loglevel error -i street.mp4 -frames:v 24 -vf crop=512:384 -c:v libx264 -preset ultrafast four-to-three.mp4",
            in: place)
        return place
    }

    private func objects(_ command: String, in place: Workspace) throws -> [String] {
        try expectSuccess("deepvid infer \(command) --max-frames 20 | jq -c 'select(.type == \"frame\") | .objects'", in: place).lines
    }

    @Test(arguments: ["", "--threads 2", "--decode active", "--cache off"]) func theInputIsOfTheVideosShape(flags: String) throws {
        let place = try workspace()
        let own = try objects("four-to-three.mp4 \(flags)", in: place)
        #expect(own.count == 20)
        #expect(own == (try objects("four-to-three.mp4 --input-size 320x256 \(flags)", in: place)))
        #expect(own != (try objects("four-to-three.mp4 --input-size 384x224 \(flags)", in: place)))
    }

    @Test func theRecordsSayTheSize() throws {
        let place = try workspace()
        let sizes = try expectSuccess(
            "deepvid infer four-to-three.mp4 street.mp4 --max-frames 2 | jq -c 'select(.type == \"begin\") | .model.input'", in: place)
        #expect(sizes.lines == [#"{"width":320,"height":256}"#, #"{"width":352,"height":224}"#])
    }

    @Test(arguments: [1, 2]) func videosOfSeveralShapesDoNotDisturbEachOther(threads: Int) throws {
        let place = try workspace(), clips = ["street.mp4", "four-to-three.mp4", "street.mp4"]
        let together = try objects("\(clips.joined(separator: " ")) --threads \(threads)", in: place)
        #expect(together == (try clips.flatMap { try objects("\($0) --threads \(threads)", in: place) }))
    }

    @Test func aBatchGoesOnInTheSameShape() throws {
        let place = try workspace(), batch = "deepvid batch long.mp4 --track --checkpoint-interval 24 -q -o"
        try expectSuccess(
            "ffmpeg -nostdin -loglevel error -stream_loop 40 -i four-to-three.mp4 -c copy long.mp4; \(batch) whole", in: place)
        _ = try shell(
            """
            \(batch) out & pid=$!
            while [ ! -e out/long.mp4.jsonl.checkpoint ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
            kill -9 $pid; wait $pid
            """, in: place)
        try #require(FileManager.default.fileExists(atPath: place.path("out/long.mp4.jsonl.checkpoint")), "it was faster than the kill")
        try expectSuccess("\(batch) out --resume", in: place)
        func objects(_ folder: String) throws -> [String] {
            try expectSuccess("jq -c 'select(.type == \"frame\") | .objects' \(folder)/long.mp4.jsonl", in: place).lines
        }
        let whole = try objects("whole")
        #expect(whole.count == 24 * 41)
        #expect(try objects("out") == whole)
    }

    @Test func comparisonsAreOfTheVideosShape() throws {
        let place = try workspace()
        let outcome = try expectSuccess("deepvid compare four-to-three.mp4 street.mp4 --max-frames 12 --format json", in: place)
        #expect(outcome.lines.count >= 2, "\(outcome.output)")
    }
}
