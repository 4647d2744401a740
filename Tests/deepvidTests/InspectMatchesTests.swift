import Foundation
import Testing

@Suite struct InspectMatchesTests {
    /// Four views of 640×384 with gaps of 4 and a footer of 60.
    @Test func everyFrameHasAPicture() throws {
        let place = try Workspace()
        defer { place.remove() }
        let outcome = try shell("deepvid inspect --matches street.mp4 --every 4 --max-frames 3 -o pictures", in: place)
        #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: place.path("pictures")).sorted()
        #expect(files == ["frame-000000.png", "frame-000004.png", "frame-000008.png"])
        for file in files {
            let size = try #require(try pngSize(place.folder.appending(path: "pictures/\(file)")))
            #expect(size == (2 * 640 + 4, 2 * 388 + 60))
        }
    }

    @Test(arguments: ["rotated.mp4", "interlaced.mp4", "h264-10bit.mp4", "alpha.mov", "resize.h264"])
    func oddPicturesCanBeDrawn(clip: String) throws {
        let outcome = try shell("deepvid inspect --matches \(clip) --max-frames 8 -o out --quiet; s=$?; ls out | wc -l; exit $s")
        #expect(outcome.status == 0 && (Int(outcome.output.filter(\.isNumber)) ?? 0) > 0, "\(outcome.errors)")
    }

    @Test func codecsWithoutVectorsAreNamedOnce() throws {
        let outcome = try shell("deepvid inspect --matches palette.gif -o out")
        #expect(outcome.status == 0)
        #expect(outcome.errors.hasPrefix("deepvid: warning: palette.gif: the decoder of gif gives no motion vectors"), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(try shell("deepvid inspect --matches street.mp4 --max-frames 4 -o out").errors.isEmpty)
    }

    @Test(arguments: [
        "--matches street.mp4", "--matches street.mp4 -o out --json", "--matches detector.onnx -o out", "street.mp4 -o out",
        "street.mp4 --model detector.onnx", "--matches street.mp4 -o out --cache off", "--matches missing.mp4 -o out",
        "--matches street.mp4 -o /proc/self/task",
    ])
    func senselessFlags(flags: String) throws { try expectRefusal("deepvid inspect \(flags)") }

    @Test func truncatedClip() throws {
        let outcome = try shell("deepvid inspect --matches truncated.mp4 --every 10 -o out; s=$?; ls out | wc -l; exit $s")
        #expect(outcome.status == 1 && outcome.errors.hasPrefix("deepvid: error: truncated.mp4: "), "\(outcome.errors)")
        #expect((Int(outcome.output.filter(\.isNumber)) ?? 0) > 0)
    }
}
