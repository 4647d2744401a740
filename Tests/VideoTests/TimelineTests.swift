import Foundation
import TestSupport
import Testing

@testable import Video

/// Time that jumps, that is missing, or that begins elsewhere.
@Suite(.timeLimit(.minutes(1))) struct TimelineTests {
    private func positions(_ stamps: [Int64?], longest: Int64 = 100) -> [Int64] {
        var timeline = Timeline(origin: 1000, interval: 4, longest: longest)
        return stamps.map { timeline.position(of: $0) }
    }

    @Test func stepsAreKeptAndJumpsClosed() {
        #expect(positions([1000, 1004, 1100, 1104]) == [0, 4, 100, 104])
        #expect(positions([1000, 1004, 9000, 9004, 9010]) == [0, 4, 8, 12, 18])
        #expect(positions([1000, 1004, 20, 24]) == [0, 4, 8, 12])
        #expect(positions([1000, nil, nil, 1012]) == [0, 4, 8, 12])
        #expect(positions([nil, nil, nil]) == [0, 4, 8])
        #expect(positions([1003, 1003, 1005]) == [3, 3, 5])
    }

    @Test func aSingleWrongStampEndsNoClock() {
        #expect(positions([1000, 1004, 500, 1012, 1016]) == [0, 4, 8, 12, 16])
        #expect(positions([1000, 1004, 99999, 1012, 1016]) == [0, 4, 8, 12, 16])
        #expect(positions([1000, 1004, 900, 1012, 1016], longest: .max) == [0, 4, 8, 12, 16])
    }

    @Test func absurdStampsDoNotTrap() {
        #expect(positions([.max, .min, 0, .max - 1, .min + 1, nil], longest: .max).count == 6)
    }

    /// AVI has decoding times only; the decoder gives none for the frames that come out last.
    @Test(.needsFFmpeg, arguments: ["libx264", "mpeg4"])
    func framesWithoutTimesAreGivenTheNextOnes(codec: String) throws {
        let folder = try TemporaryFolder()
        let (mp4, avi) = (folder.path("a.mp4"), folder.path("a.avi"))
        try FFmpeg.make(FFmpeg.source() + ["-c:v", codec, "-bf", "2", mp4])
        try FFmpeg.make("-i", mp4, "-c", "copy", avi)
        let (frames, reader) = try readAll(avi)
        #expect(frames.count == 50)
        let times = try frames.map { try #require($0.ptsSeconds) }
        for (before, after) in zip(times, times.dropFirst()) { #expect(abs(after - before - 0.04) < 1e-9) }
        #expect(reader.earlyEnd == nil)
        #expect(reader.corruptPackets == 0)
        #expect(reader.info.averageFrameRate?.value == 25)
        #expect(reader.info.frameCount == 50)
        #expect(reader.info.duration == 2)
    }

    /// A playlist whose clock begins anew with its second segment, as when an encoder was restarted.
    private func restartedPlaylist(seconds: Double, second: [String] = [], isLive: Bool = false) throws -> TinyServer {
        let folder = try TemporaryFolder()
        let (one, two) = (folder.path("1.ts"), folder.path("2.ts"))
        try FFmpeg.make(FFmpeg.source(seconds: seconds) + ["-c:v", "libx264", "-g", "10", "-bf", "0", one])
        try FFmpeg.make(["-i", one, "-c", "copy"] + second + [two])
        let playlist =
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n"
            + "#EXTINF:\(seconds),\n1.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:\(seconds),\n2.ts\n"
            + (isLive ? "" : "#EXT-X-ENDLIST\n")
        return try TinyServer(files: [
            "/list.m3u8": Data(playlist.utf8), "/1.ts": try Data(contentsOf: URL(fileURLWithPath: one)),
            "/2.ts": try Data(contentsOf: URL(fileURLWithPath: two)),
        ])
    }

    @Test(.needsFFmpeg, arguments: [[], ["-output_ts_offset", "500"]])
    func samplingGoesOnAfterAJump(second: [String]) throws {
        let server = try restartedPlaylist(seconds: 2, second: second)
        let list = "http://127.0.0.1:\(server.port)/list.m3u8"
        #expect(try readAll(list).frames.count == 100)
        #expect(try readAll(list) { $0.fps = 5 }.frames.map(\.index) == Array(stride(from: 0, to: 100, by: 5)))
        #expect(try readAll(list) { $0.duration = 3 }.frames.count == 75)
        #expect(try readAll(list) { $0.start = 3 }.frames.count == 25)
        let part = try readAll(list) {
            $0.start = 1
            $0.duration = 2
        }.frames
        #expect(part.count == 50)
    }

    @Test(.needsFFmpeg) func liveSamplingGoesOnAfterAJump() throws {
        let server = try restartedPlaylist(seconds: 1, isLive: true)
        var options = VideoOptions()
        (options.fps, options.live, options.timeout, options.maxFrames) = (5, true, 5, 9)
        let frames = try readAll("http://127.0.0.1:\(server.port)/list.m3u8", options).frames
        #expect(frames.map(\.index) == Array(stride(from: 0, to: 45, by: 5)))
    }

    /// Sound from 0 on, pictures from three seconds on: ffmpeg's `-ss 4` is one second into the pictures.
    @Test(.needsFFmpeg) func startCountsFromTheContainersStart() throws {
        let folder = try TemporaryFolder()
        let (silent, path) = (folder.path("v.mp4"), folder.path("a.mp4"))
        try FFmpeg.make(FFmpeg.source() + ["-c:v", "libx264", silent])
        let sound = ["-f", "lavfi", "-i", "sine=d=5", "-c:v", "copy", "-c:a", "aac", "-map", "0:v", "-map", "1:a"]
        try FFmpeg.make(["-itsoffset", "3", "-i", silent] + sound + [path])
        let (frames, reader) = try readAll(path) { $0.start = 4 }
        #expect(reader.earlyEnd == nil)
        let first = try #require(frames.first?.ptsSeconds)
        #expect(abs(first - 4) < 0.025)
        #expect(frames.count == 25)
        let early = try readAll(path) { $0.duration = 3.5 }.frames
        #expect((12...13).contains(early.count))
    }

    @Test(arguments: ["moving.mp4", "mpeg4.avi", "vfr.mkv", "offset.ts", "resize.h264", "sequence/frame%04d.png"])
    func aStartBehindTheEndIsSaid(clip: String) throws {
        let (frames, reader) = try readAll(Files.clip(clip)) { $0.start = 100 }
        #expect(frames.isEmpty)
        let error = try #require(reader.earlyEnd)
        #expect(error.code == .invalidOptions)
        #expect(error.message.contains("100.0 s"), "\(error.message)")
    }

    /// Bare streams have no time stamps and no index: they are read from the beginning, and frames are counted.
    @Test(
        .needsFFmpeg,
        arguments: [
            ("libx264", "h264"), ("libx265", "hevc"), ("mjpeg", "mjpeg"), ("mpeg4", "m4v"), ("mpeg2video", "m2v"), ("libsvtav1", "obu"),
        ])
    func bareStreamsStartWhereTheyShould(codec: String, ending: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.\(ending)")
        try FFmpeg.make(FFmpeg.source() + ["-c:v", codec, "-g", "10", "-bf", "0", path])
        let whole = try readAll(path).frames
        #expect(whole.count == 50)
        let frames = try readAll(path) { $0.start = 1 }.frames
        #expect(frames.count == 25)
        let sampler = PixelSampler(width: 32, height: 20)
        #expect(try sampler.sample(try #require(frames.first)) == sampler.sample(whole[25]))
    }

    /// Ten frames a second, as cameras serve them: FFmpeg believes in 25.
    @Test(.needsFFmpeg) func streamsWithoutAClockAreTimedByArrival() throws {
        let folder = try TemporaryFolder()
        try FFmpeg.make(FFmpeg.source(seconds: 1) + ["-c:v", "mjpeg", folder.path("%02d.jpg")])
        let images = try (1...12).map { try Data(contentsOf: folder.url.appendingPathComponent(String(format: "%02d.jpg", $0))) }
        let server = try TinyServer { _, client in
            TinyServer.send(TinyServer.head("multipart/x-mixed-replace;boundary=frame", "Cache-Control: no-cache"), to: client)
            for image in images {
                let head = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: \(image.count)\r\n\r\n"
                TinyServer.send(Data(head.utf8) + image + Data("\r\n".utf8), to: client)
                Thread.sleep(forTimeInterval: 0.1)
            }
            return true
        }
        let (frames, reader) = try readAll("http://127.0.0.1:\(server.port)/mjpeg") { $0.live = true }
        #expect(frames.count >= 10)
        #expect(reader.info.averageFrameRate == nil)
        let times = try frames.map { try #require($0.ptsSeconds) }
        #expect(times == times.sorted())
        // The first ones may have been read while the stream was opened.
        let span = try #require(times.last) - times[2]
        #expect(span > 0.08 * Double(times.count - 3), "\(times)")
    }
}
