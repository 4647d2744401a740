import TestSupport
import Testing
import Video

/// The measuring clips beside the repository; they are not part of it, so these tests are skipped without them.
enum SharedClips {
    static let folder = Files.shared.path + "/videos"
    static var arePresent: Bool { Files.isShared("videos") }

    static let frameCounts: [(String, Int)] = [
        ("fixed_intel_one-by-one-person-detection.mp4", 1394),
        ("fixed_intel_car-detection.mp4", 377),
        ("fixed_intel_bottle-detection.mp4", 1189),
        ("fixed_intel_person-bicycle-car-detection_reenc.mp4", 459),
        ("fixed_ozlu_residential_road.mp4", 905),
        ("fixed_bgslib_motorway_cctv.avi", 748),
        ("fixed_bgslib_road_topdown.avi", 374),
        ("tripod_sam2_juggle720p.mp4", 247),
        ("tripod_sam2_dog720p.mp4", 289),
        ("moving_udacity_solidWhiteRight.mp4", 221),
        ("moving_udacity_vehicle_test_video.mp4", 38),
        ("moving_pysot_bag.avi", 196),
    ]
}

@Suite(.enabled(if: SharedClips.arePresent, "needs ../shared/videos"), .serialized)
struct SharedClipTests {
    @Test(arguments: SharedClips.frameCounts)
    func decodesEveryFrame(name: String, count: Int) throws {
        let reader = try VideoReader("\(SharedClips.folder)/\(name)")
        var frames = 0
        var lastPts = Int64.min
        while let frame = try reader.next() {
            #expect(frame.index == frames)
            if let pts = frame.pts {
                #expect(pts > lastPts)
                lastPts = pts
            }
            frames += 1
        }
        #expect(frames == count)
        #expect(reader.earlyEnd == nil)
        #expect(reader.corruptPackets == 0)
    }
}
