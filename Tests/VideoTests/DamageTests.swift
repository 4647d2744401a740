import Foundation
import TestSupport
import Testing

@testable import Video

/// Broken inputs: everything before the damage comes out, and the reason can be told.
@Suite struct DamageTests {
    @Test func aTruncatedFileYieldsWhatIsThereAndSaysSo() throws {
        let whole = try readAll(Files.clip("moving.mp4")).frames
        let (frames, reader) = try readAll(Files.clip("truncated.mp4"))
        #expect(frames.count == 37)
        #expect(frames.allSatisfy { !$0.isCorrupt })
        let error = try #require(reader.earlyEnd)
        #expect(error.code == .truncated)
        #expect(error.message.contains("bytes are missing"))
        let sampler = PixelSampler(width: 80, height: 48)
        for (a, b) in zip(frames, whole) { #expect(try sampler.sample(a) == sampler.sample(b)); #expect(a.pts == b.pts) }
    }

    @Test(arguments: [("mpeg4.avi", 0.5), ("vfr.mkv", 0.7), ("alpha.mov", 0.6)])
    func truncationIsNoticedInOtherContainers(clip: String, share: Double) throws {
        let whole = try readAll(Files.clip(clip)).frames.count
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
            let (_, reader) = try readAll(Files.clip(clip))
            #expect(reader.earlyEnd == nil, "\(clip)")
            #expect(reader.corruptPackets == 0, "\(clip)")
        }
    }

    @Test func corruptPacketsAreCountedAndSkipped() throws {
        let (frames, reader) = try readAll(Files.clip("damaged.mp4"))
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
        let (frames, reader) = try readAll(Files.clip("damaged.mp4"), options)
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

    // MARK: - Made by ffmpeg

    /// AVI's header announces ticks, of which ffmpeg writes two for each frame here.
    @Test(.needsFFmpeg) func aWholeAVIIsNotTruncated() throws {
        let folder = try TemporaryFolder()
        let (mp4, path) = (folder.path("a.mp4"), folder.path("a.avi"))
        try FFmpeg.make(FFmpeg.source() + ["-c:v", "libx264", mp4])
        try FFmpeg.make("-i", mp4, "-c", "copy", path)
        let (frames, reader) = try readAll(path)
        #expect(frames.count == 50)
        #expect(reader.earlyEnd == nil)
        try withFile(try Data(contentsOf: URL(fileURLWithPath: path)), share: 0.7, name: "cut.avi") { cut in
            let end = try readAll(cut).reader.earlyEnd
            #expect(end?.code == .truncated)
        }
    }

    /// Packets that a demuxer flags as corrupt are decoded, as ffmpeg does; the key frame may be among them.
    @Test(.needsFFmpeg, arguments: [false, true])
    func corruptPacketsAreDecoded(overHTTP: Bool) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.ts")
        try FFmpeg.make(FFmpeg.source(seconds: 2.4, size: "320x192") + ["-c:v", "libx264", "-g", "60", "-qp", "20", path])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for packet in [120, 60, 12] { bytes.removeSubrange(188 * packet..<188 * (packet + 1)) }
        let playlist = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:2.4,\na.ts\n#EXT-X-ENDLIST\n"
        let server = try TinyServer(files: ["/a.ts": bytes, "/list.m3u8": Data(playlist.utf8)])
        try bytes.write(to: URL(fileURLWithPath: path))
        let input = overHTTP ? "http://127.0.0.1:\(server.port)/list.m3u8" : path
        let (frames, reader) = try readAll(input)
        #expect(frames.count == (try FFmpeg.frameCount(input)))
        #expect(frames.count > 50)
        #expect(reader.corruptPackets > 0)
    }

    /// Packets that are missing, not broken: only references to them tell.
    @Test(.needsFFmpeg, arguments: ["libx265", "libx264"])
    func missingReferencesAreCounted(codec: String) throws {
        let folder = try TemporaryFolder()
        let (whole, path) = (folder.path("a.mp4"), folder.path("b.mp4"))
        let quiet = codec == "libx265" ? ["-x265-params", "log-level=none"] : []
        try FFmpeg.make(FFmpeg.source(seconds: 4) + ["-c:v", codec, "-bf", "2", "-g", "50"] + quiet + [whole])
        try FFmpeg.make("-i", whole, "-c", "copy", "-bsf:v", "noise=drop=gt(mod(n\\,10)\\,7)*gt(n\\,2)", path)
        #expect(try readAll(whole).reader.corruptPackets == 0)
        var counts: [Int] = []
        for threads in [1, 4] {
            let (frames, reader) = try readAll(path) { $0.threads = threads }
            #expect(frames.count == (try FFmpeg.frameCount(path)))
            counts.append(reader.corruptPackets)
        }
        #expect(counts[0] > 0)
        #expect(counts[0] == counts[1])
    }

    /// MP4 with its index at the end, ffmpeg's default, through a pipe: all of it is needed before the first frame.
    @Test(.needsFFmpeg, arguments: ["mp4", "mov"])
    func anIndexAtTheEndComesThroughAPipe(ending: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.\(ending)")
        try FFmpeg.make(FFmpeg.source() + ["-f", "lavfi", "-i", "sine=d=2", "-c:v", "libx264", "-c:a", "aac", path])
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        try withFIFO { fifo in
            Thread.detachNewThread { try? data.write(to: URL(fileURLWithPath: fifo)) }
            let (frames, reader) = try readAll(fifo)
            #expect(frames.count == 50)
            #expect(reader.corruptPackets == 0)
            #expect(reader.earlyEnd == nil)
            #expect(frames.allSatisfy { $0.resumePoint == nil })
        }
    }

    @Test func aCutMP4ThroughAPipeIsAnError() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Files.clip("alpha.mov"))).prefix(5000)
        try withFIFO { fifo in
            Thread.detachNewThread { try? data.write(to: URL(fileURLWithPath: fifo)) }
            #expect(failure(fifo)?.code == .notVideo)
        }
    }

    /// One image of ten is empty, unreadable or no image: it is named, and the others come.
    @Test(.needsFFmpeg, arguments: [0, 3, 9], ["", "no image"])
    func imagesThatCannotBeReadAreNamed(index: Int, content: String) throws {
        let folder = try TemporaryFolder()
        for ending in ["png", "jpg"] {
            try FFmpeg.make(FFmpeg.source(seconds: 0.4) + [folder.path("%02d.\(ending)")])
            try Data(content.utf8).write(to: folder.url.appendingPathComponent(String(format: "%02d.", index + 1) + ending))
            for pattern in ["*.\(ending)", "%02d.\(ending)"] {
                let (frames, reader) = try readAll(folder.path(pattern))
                #expect(frames.count == 9, "\(pattern)")
                let error = try #require(reader.earlyEnd, "\(pattern)")
                #expect(error.code == .damaged)
                #expect(error.message.contains("1 of 10 images"), "\(error.message)")
                #expect(error.message.contains(String(format: "%02d.", index + 1) + ending), "\(error.message)")
            }
        }
    }

    private func data(_ clip: String) throws -> Data { try Data(contentsOf: URL(filePath: Files.clip(clip))) }
}

/// What of live input is shown after a loss.
@Suite struct DamageFilterTests {
    private func shown(_ pictures: [(isKey: Bool, lost: Int)], delay: Int = 0, step: UInt64 = 40_000_000) -> [Bool] {
        var filter = DamageFilter()
        return pictures.enumerated().map { index, picture in
            filter.passes(
                isKeyFrame: picture.isKey, isCorrupt: false, arrival: UInt64(index) * step, corruptPackets: picture.lost, delay: delay)
        }
    }

    @Test func nothingIsShownUpToTheNextKeyFrame() {
        #expect(shown([(true, 0), (false, 0), (false, 1), (false, 1), (true, 1), (false, 1)]) == [true, true, false, false, true, true])
    }

    /// Pictures come out of the decoder later than the packets that were read with them.
    @Test func aKeyFrameFromBeforeTheLossDoesNotEndIt() {
        #expect(shown([(false, 0), (false, 1), (true, 1), (false, 1), (true, 1)], delay: 2) == [true, false, false, false, true])
    }

    /// A key frame every 12 seconds: what is damaged after 4 of them stays so for 8.
    @Test func rareKeyFramesAreWaitedFor() {
        let pictures = (0..<900).map { (isKey: $0 % 300 == 0, lost: $0 >= 400 ? 1 : 0) }
        let shown = shown(pictures)
        #expect(shown[..<400].allSatisfy { $0 })
        #expect(!shown[400..<600].contains(true))
        #expect(shown[600...].allSatisfy { $0 })
    }

    @Test func aCameraIsNotBlindedForLong() {
        let lossy = (0..<200).map { (isKey: false, lost: $0) }
        let shown = shown(lossy)
        #expect(shown.prefix(100).count { $0 } == 1)
        #expect(shown.suffix(50).allSatisfy { $0 })
    }
}
