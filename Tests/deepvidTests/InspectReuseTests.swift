import Foundation
import Testing

@Suite struct InspectReuseTests {
    /// Four views of 640×384 with gaps of 4 and a caption of 54.
    @Test func everyFrameHasAPicture() throws {
        let place = try Workspace()
        let outcome = try expectSuccess("deepvid inspect --visualize-reuse pictures street.mp4 --every 4 --max-frames 3", in: place)
        #expect(outcome.output.isEmpty, "\(outcome.errors)")
        #expect(outcome.errors == "3 pictures in pictures\n")
        let files = try FileManager.default.contentsOfDirectory(atPath: place.path("pictures")).sorted()
        #expect(files == ["frame-000000.png", "frame-000004.png", "frame-000008.png"])
        for file in files {
            let size = try #require(try pngSize(place.folder.appending(path: "pictures/\(file)")))
            #expect(size == (2 * 640 + 4, 2 * 388 + 54))
        }
    }

    @Test(arguments: ["rotated.mp4", "interlaced.mp4", "h264-10bit.mp4", "alpha.mov", "resize.h264"])
    func oddPicturesCanBeDrawn(clip: String) throws {
        let outcome = try expectSuccess(
            "deepvid inspect --visualize-reuse out \(clip) --max-frames 8 --quiet; s=$?; ls out | wc -l; exit $s")
        #expect((Int(outcome.output.filter(\.isNumber)) ?? 0) > 0, "\(outcome.errors)")
    }

    @Test func codecsWithoutVectorsAreNamedOnce() throws {
        let outcome = try expectSuccess("deepvid inspect --visualize-reuse out palette.gif")
        #expect(outcome.errors.hasPrefix("deepvid: warning: palette.gif: the decoder of gif gives no motion vectors"), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count { $0.contains("warning") } == 1)
        #expect(!(try shell("deepvid inspect --visualize-reuse out street.mp4 --max-frames 4").errors.contains("warning")))
    }

    @Test(arguments: [
        "street.mp4 --visualize-reuse", "--visualize-reuse out street.mp4 --json", "--visualize-reuse out detector.onnx",
        "street.mp4 -o out", "street.mp4 --model detector.onnx", "--visualize-reuse out street.mp4 --cache off",
        "--visualize-reuse out missing.mp4", "street.mp4 --visualize-reuse /proc/self/task",
    ])
    func senselessFlags(flags: String) throws { try expectRefusal("deepvid inspect \(flags)") }

    /// The pictures of a sequence may have the names of those that are written.
    @Test func theInputsOwnFolderIsRefused() throws {
        let place = try Workspace()
        _ = try shell("mkdir own; ffmpeg -v error -i street.mp4 -frames:v 3 -start_number 0 own/frame-%06d.png", in: place)
        let before = try Data(contentsOf: URL(filePath: place.path("own/frame-000001.png")))
        for input in ["own/frame-%06d.png", "'own/*.png'", "own"] {
            try expectRefusal("deepvid inspect --visualize-reuse own/ \(input)", "own/", in: place)
        }
        #expect(try Data(contentsOf: URL(filePath: place.path("own/frame-000001.png"))) == before)
        let outcome = try shell("deepvid inspect --visualize-reuse drawn own/frame-%06d.png && ls drawn", in: place)
        #expect(outcome.output == "frame-000000.png\nframe-000001.png\nframe-000002.png\n", "\(outcome.errors)")
    }

    @Test func truncatedClip() throws {
        let outcome = try shell("deepvid inspect --visualize-reuse out truncated.mp4 --every 10; s=$?; ls out | wc -l; exit $s")
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("deepvid: error: truncated.mp4: "), "\(outcome.errors)")
        #expect((Int(outcome.output.filter(\.isNumber)) ?? 0) > 0)
    }
}
