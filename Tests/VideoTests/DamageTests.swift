import Foundation
import TestSupport
import Testing
import Video

/// Broken inputs: everything before the damage comes out, and the reason can be told.
@Suite struct DamageTests {
    @Test func aTruncatedFileYieldsWhatIsThereAndSaysSo() throws {
        let whole = try readAll(Fixtures.clip("moving.mp4")).frames
        let (frames, reader) = try readAll(Fixtures.clip("truncated.mp4"))
        #expect(frames.count == 37)
        #expect(frames.allSatisfy { !$0.isCorrupt })
        let error = try #require(reader.earlyEnd)
        #expect(error.code == .truncated)
        #expect(error.message.contains("bytes are missing"))
        #expect(error.pts == frames.last?.pts)
        #expect(error.stream == 0)
        let sampler = PixelSampler(width: 80, height: 48)
        for (a, b) in zip(frames, whole) { #expect(try sampler.sample(a) == sampler.sample(b)); #expect(a.pts == b.pts) }
    }

    @Test(arguments: [("mpeg4.avi", 0.5), ("vfr.mkv", 0.7), ("alpha.mov", 0.6)])
    func truncationIsNoticedInOtherContainers(clip: String, share: Double) throws {
        let whole = try readAll(Fixtures.clip(clip)).frames.count
        try withFile(try data(clip), share: share) { path in
            do {
                let (frames, reader) = try readAll(path)
                #expect(frames.count > 0)
                #expect(frames.count < whole)
                #expect(reader.earlyEnd?.code == .truncated)
            } catch let error as VideoError {
                // QuickTime's index is at its end: without it nothing can be read.
                #expect(clip == "alpha.mov")
                #expect(error.code == .notVideo)
                #expect(error.lastLog.contains("moov atom not found"))
            }
        }
    }

    @Test func wholeFilesEndRegularly() throws {
        for clip in [
            "moving.mp4", "mpeg4.avi", "vfr.mkv", "offset.ts", "alpha.mov", "interlaced.mp4", "street.mp4",
            "resize.h264",
        ] {
            let (_, reader) = try readAll(Fixtures.clip(clip))
            #expect(reader.earlyEnd == nil, "\(clip)")
            #expect(reader.corruptPackets == 0, "\(clip)")
        }
    }

    @Test func corruptPacketsAreCountedAndSkipped() throws {
        let (frames, reader) = try readAll(Fixtures.clip("damaged.mp4"))
        #expect(reader.corruptPackets > 0)
        #expect(reader.earlyEnd == nil)
        // Its last group of pictures is sound again.
        #expect(frames.last?.pts == 74074)
        #expect(frames.count >= 55)
        #expect(frames.count + reader.corruptPackets >= 75)
        #expect(reader.framesDecoded == frames.count)
    }

    @Test func aLimitOnDamageEndsTheInput() throws {
        var options = VideoOptions()
        options.maxCorruptRun = 3
        options.threads = 1
        let (frames, reader) = try readAll(Fixtures.clip("damaged.mp4"), options)
        #expect(reader.earlyEnd?.code == .damaged)
        #expect(frames.count > 20)
        #expect(frames.count < 55)
    }

    /// No cut and no noise, wherever it falls, may crash or hang, or end silently with nothing.
    @Test(arguments: ["moving.mp4", "mpeg4.avi", "vfr.mkv", "offset.ts", "palette.gif"])
    func noDamageCrashes(clip: String) throws {
        let data = try data(clip)
        var random = Dice(42)
        for round in 0..<24 {
            var bytes = data
            if round % 2 == 0 {
                bytes = bytes.prefix(Int(random.next() % UInt64(data.count)))
            } else {
                for _ in 0..<(1 + Int(random.next() % 60)) {
                    bytes[Int(random.next() % UInt64(data.count))] = UInt8(truncatingIfNeeded: random.next())
                }
            }
            try withFile(bytes) { path in
                do {
                    let (frames, reader) = try readAll(path)
                    let sampler = PixelSampler(width: 32, height: 20)
                    for frame in frames { _ = try sampler.sample(frame) }
                    #expect(frames.count > 0 || reader.earlyEnd != nil)
                } catch let error as VideoError {
                    #expect(!error.message.isEmpty)
                    #expect(!error.url.isEmpty)
                }
            }
        }
    }

    private func data(_ clip: String) throws -> Data { try Data(contentsOf: URL(filePath: Fixtures.clip(clip))) }
}
