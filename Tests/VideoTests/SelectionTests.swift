import TestSupport
import Testing
import Video

/// `start`, `duration`, `every`, `fps`, `maxFrames`: which frames come.
@Suite struct SelectionTests {
    /// From any start, in any container, the frames are those of the whole clip from there on, bit for bit.
    @Test(arguments: ["moving.mp4", "mpeg4.avi", "vfr.mkv", "offset.ts"])
    func startIsExact(clip: String) throws {
        let whole = try readAll(Files.clip(clip)).frames
        let sampler = PixelSampler(width: 40, height: 24)
        let origin = try #require(whole[0].ptsSeconds)
        for first in stride(from: 1, to: whole.count, by: 3) {
            let at = try #require(whole[first].ptsSeconds) - origin
            // On the frame, and between it and the one before.
            for early in [0.0, 0.01] {
                var options = VideoOptions()
                options.start = at - early
                options.maxFrames = 3
                let (frames, _) = try readAll(Files.clip(clip), options)
                let wanted = whole[first...].prefix(3)
                #expect(frames.map(\.pts) == wanted.map(\.pts), "\(clip) from frame \(first)")
                #expect(frames.map(\.index) == Array(0..<wanted.count))
                for (a, b) in zip(frames, wanted) {
                    #expect(try sampler.sample(a) == sampler.sample(b), "\(clip) from frame \(first), \(a.index)")
                }
            }
        }
    }

    @Test func durationIsHalfOpen() throws {
        var options = VideoOptions()
        options.start = 0.4
        options.duration = 0.4
        let (frames, _) = try readAll(Files.clip("offset.ts"), options)
        #expect(frames.map(\.pts) == (10..<20).map { Int64?(133200 + $0 * 3600) })
    }

    @Test func everyCountsDecodedFrames() throws {
        var options = VideoOptions()
        options.every = 7
        let (frames, reader) = try readAll(Files.clip("moving.mp4"), options)
        #expect(frames.map(\.index) == Array(stride(from: 0, to: 75, by: 7)))
        #expect(reader.framesDecoded == 75)
        #expect(reader.framesDelivered == 11)
    }

    @Test func maxFramesCountsDeliveredOnes() throws {
        var options = VideoOptions()
        options.every = 10
        options.maxFrames = 4
        #expect(try readAll(Files.clip("moving.mp4"), options).frames.map(\.index) == [0, 10, 20, 30])
    }

    @Test func fpsTakesTheNearestFrames() throws {
        var options = VideoOptions()
        options.fps = 5
        // Every 0.2 s of a stream with 29.97 frames a second: frame 5.994 k.
        let (frames, _) = try readAll(Files.clip("moving.mp4"), options)
        #expect(frames.map(\.index) == (0..<13).map { Int((Double($0) * 30000 / 1001 / 5).rounded()) })
    }

    @Test func fpsFollowsVaryingFrameRates() throws {
        // Times 0, 40, 120, 280, 320, 400, 560, 600, 680 … ms, and an instant each 100 ms.
        var options = VideoOptions()
        options.fps = 10
        let whole = try readAll(Files.clip("vfr.mkv")).frames.compactMap(\.ptsSeconds)
        let chosen = try readAll(Files.clip("vfr.mkv"), options).frames.compactMap(\.ptsSeconds)
        var wanted: [Double] = []
        for k in 0...26 {
            let instant = Double(k) / 10
            // The earlier frame wins a tie.
            let nearest = whole.min { abs($0 - instant) < abs($1 - instant) - 1e-9 }!
            if wanted.last != nearest { wanted.append(nearest) }
        }
        #expect(chosen == wanted)
    }

    @Test func aRateAboveTheStreamsRepeatsNothing() throws {
        var options = VideoOptions()
        options.fps = 1000
        let (frames, _) = try readAll(Files.clip("offset.ts"), options)
        #expect(frames.map(\.index) == Array(0..<50))
    }

    @Test func sequencesStartAtTheirFirstNumber() throws {
        let (frames, reader) = try readAll(Files.clip("sequence/frame%04d.png"))
        #expect(frames.count == 16)
        #expect(reader.info.codec == "png")
        var options = VideoOptions()
        options.imageRate = 10
        options.start = 1
        #expect(try readAll(Files.clip("sequence/frame%04d.png"), options).frames.first?.ptsSeconds == 1)
    }

    @Test func contradictoryOptionsAreRefused() {
        func code(_ change: (inout VideoOptions) -> Void) -> VideoError.Code? {
            var options = VideoOptions()
            change(&options)
            do throws(VideoError) {
                _ = try VideoReader(Files.clip("moving.mp4"), options: options)
                return nil
            } catch { return error.code }
        }
        #expect(code { $0.every = 0 } == .invalidOptions)
        #expect(
            code {
                $0.every = 2
                $0.fps = 5
            } == .invalidOptions)
        #expect(code { $0.fps = -1 } == .invalidOptions)
        #expect(code { $0.start = .nan } == .invalidOptions)
        #expect(code { $0.duration = 0 } == .invalidOptions)
        #expect(code { $0.maxFrames = 0 } == .invalidOptions)
        #expect(code { $0.stream = 9 } == .noVideoStream)
        #expect(code { $0.stream = 0 } == nil)
    }
}
