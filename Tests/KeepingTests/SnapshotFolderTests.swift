import Foundation
import Models
import TestSupport
import Testing
import Video
import Vision

@testable import DeepVid
@testable import Keeping

@Suite struct SnapshotFolderTests {
    private let folder: TemporaryFolder
    private let snapshots: SnapshotFolder
    private let street = Files.clip("street.mp4")

    init() throws {
        folder = try TemporaryFolder()
        snapshots = SnapshotFolder(folder.path, options: RunOptions(model: ModelOptions(), video: VideoOptions(), threads: 1))
    }

    /// An event of an object that is seen best at a frame.
    private func event(
        _ kind: ObjectEvent.Kind, box: [Double] = [350, 230, 200, 100], pts: Double = 2, worth: Double = 0.5, track: Int = 3
    ) -> ObjectEvent {
        var event = ObjectEvent(
            kind: kind, trackID: track, label: "traffic light/red", classID: 0, frame: 40, startSeconds: 1.25, score: 0.9, box: box,
            bestFrame: 30)
        let info = FrameInfo(index: 30, pts: pts)
        event.view = BestView(
            Detection(
                classID: 0, label: "car", score: 0.9,
                box: Box(x: Float(box[0]), y: Float(box[1]), width: Float(box[2]), height: Float(box[3]))), in: info)
        event.view!.worth = worth
        return event
    }

    private func keep(_ event: ObjectEvent, _ frame: Frame? = nil, of source: String? = nil) throws -> ObjectEvent {
        guard case .object(let kept, _) = snapshots.keep(source ?? street, .object(event, frame)) else { throw NoEvent() }
        return kept
    }

    private struct NoEvent: Error {}

    private func picture(_ name: String) throws -> (pixels: [UInt8], width: Int, height: Int) {
        // A JPEG is a video of one frame.
        let frame = try #require(try Video.VideoReader(folder.path(name)).next())
        return (try PixelSampler(width: frame.width, height: frame.height).sample(frame), frame.width, frame.height)
    }

    private func frame(at pts: Double) throws -> Frame {
        try #require(try Video.VideoReader.frame(of: street, at: pts, options: VideoOptions()))
    }

    /// The mean difference of a picture from a part of a frame, in levels.
    private func difference(_ crop: (pixels: [UInt8], width: Int, height: Int), _ frame: Frame, x: Int, y: Int) throws -> Double {
        let whole = try PixelSampler(width: frame.width, height: frame.height).sample(frame)
        var sum = 0
        for row in 0..<crop.height {
            for column in 0..<3 * crop.width {
                sum += abs(Int(crop.pixels[row * 3 * crop.width + column]) - Int(whole[((row + y) * frame.width + x) * 3 + column]))
            }
        }
        return Double(sum) / Double(crop.pixels.count)
    }

    @Test func ofRecordingsThePicturesAreReadAgainAtTheEnd() throws {
        #expect(try keep(event(.start)).snapshot == nil)
        #expect(try Files.names(in: folder) == [])
        let kept = try #require(try keep(event(.end)).snapshot)
        #expect(kept.crop == "street_000001.250s_traffic-light-red_3-crop.jpg")
        #expect(kept.frame == "street_000001.250s_traffic-light-red_3.jpg")
        #expect(try Files.names(in: folder) == [kept.crop, kept.frame].sorted())
        let crop = try picture(kept.crop), source = try frame(at: 2)
        // 15 % of the longer side around it.
        #expect(crop.width == 260)
        #expect(crop.height == 160)
        #expect(try difference(crop, source, x: 320, y: 200) < 4)
        // Another place, and another time, are not it.
        #expect(try difference(crop, source, x: 300, y: 190) > 6)
        let whole = try picture(kept.frame)
        #expect((whole.width, whole.height) == (640, 384))
        // The box is drawn over it, and nothing else.
        #expect(try (0.05..<4).contains(difference(whole, source, x: 0, y: 0)))
    }

    @Test func ofLiveInputTheyAreThereAtOnceAndGetBetter() throws {
        let start = try keep(event(.start, worth: 0.2), frame(at: 1))
        let files = try #require(start.snapshot)
        let first = try Data(contentsOf: folder.url.appending(path: files.crop))
        #expect(try keep(event(.update, worth: 0.2), frame(at: 2)).snapshot == files)
        #expect(try Data(contentsOf: folder.url.appending(path: files.crop)) == first)
        #expect(try keep(event(.update, worth: 0.3), frame(at: 2)).snapshot == files)
        #expect(try Data(contentsOf: folder.url.appending(path: files.crop)) != first)
        // The frame of the best view was let go: what is there stays.
        #expect(try keep(event(.update, worth: 0.4), of: "rtsp://camera/1").snapshot == nil)
        #expect(try keep(event(.end, worth: 0.3), frame(at: 2)).snapshot == files)
        #expect(try Files.names(in: folder) == [files.crop, files.frame].sorted())
    }

    @Test(arguments: [[0.0, 0, 640, 384], [630, 380, 10, 4], [0, 0, 1, 1], [-5, -5, 3, 3]])
    func boxesAtTheBorder(box: [Double]) throws {
        let files = try #require(try keep(event(.end, box: box)).snapshot), crop = try picture(files.crop)
        #expect((1...640).contains(crop.width))
        #expect((1...384).contains(crop.height))
    }

    @Test func whatCannotBeMadeIsSaidOnce() throws {
        #expect(try keep(event(.end, pts: 77)).snapshot == nil)
        #expect(try keep(event(.end, pts: 78, track: 4)).snapshot == nil)
        let problems = snapshots.takeProblems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains("street.mp4") == true)
        #expect(snapshots.takeProblems() == [])
        #expect(snapshots.hasFailed)
    }

    @Test func aFolderThatIsGone() throws {
        try FileManager.default.removeItem(at: folder.url)
        #expect(try keep(event(.end)).snapshot == nil)
        #expect(snapshots.takeProblems().first?.contains("No such file") == true)
    }

    @Test func camerasOfTheSameNameAreToldApart() {
        // A dot in a recorder's name is no ending.
        #expect(cameraName(of: "nvr/192.168.1.64_01_20261121180000.mp4") == "192.168.1.64_01")
        var names = CameraNames()
        #expect(names.name(of: "a/gate.mp4") == "gate")
        #expect(names.name(of: "b/gate.mp4") == "gate-2")
        #expect(names.name(of: "a/gate.mp4") == "gate")
        #expect(names.name(of: "x/gate_20261121_180000.mp4") == "x-gate")
        #expect(names.name(of: "x/gate_20261121_190000.mp4") == "x-gate", "another recording of it")
        #expect(names.name(of: "x/gate_20261121_190000.mp4", isTimed: false) == "gate-3")
        #expect(names.name(of: "rtsp://user:***@yard.local/1?x=1") == "yard.local-1-x-1")
    }
}

extension FrameInfo {
    /// Of the demo.
    fileprivate init(index: Int, pts: Double) {
        let frame = try! Video.VideoReader(Files.clip("street.mp4")).next()!
        self.init(frame, index: index)
        self.pts = pts
    }
}
