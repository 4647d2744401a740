import Foundation
import TestSupport
import Testing

@testable import Video

/// Packets that are copied into clips.
@Suite struct ClipTests {
    private func pixels(_ frame: Frame) throws -> [UInt8] { try PixelSampler(width: 64, height: 64).sample(frame) }

    /// Of many containers and codecs, with B frames, open groups, and clocks that do not begin at 0.
    @Test(arguments: [
        "street.mp4", "moving.mp4", "offset.ts", "vfr.mkv", "mpeg4.avi", "interlaced.mp4", "rotated.mp4", "hues.mp4", "hevc-10bit.mp4",
    ])
    func clipsPlayFromTheirKeyFrame(name: String) throws {
        let (frames, reader) = try readAll(Files.clip(name)), times = frames.compactMap(\.ptsSeconds)
        let folder = try TemporaryFolder()
        // From the middle: the second half of the second third.
        let from = times[frames.count / 2], to = times[frames.count * 2 / 3]
        let cutter = try ClipCutter(Files.clip(name), stream: nil)
        let clip = try #require(try cutter.cut(from...to, to: folder.path("clip")))
        #expect(clip.start <= from + 1e-6)
        let first = try #require(times.firstIndex { abs($0 - clip.start) < 1e-4 })
        #expect(frames[first].isKeyFrame)
        // No later key frame would have done.
        #expect(!frames[(first + 1)...].contains { $0.isKeyFrame && $0.ptsSeconds! <= from })

        let (copied, again) = try readAll(clip.path)
        #expect(again.corruptPackets == 0)
        #expect(again.info.startSeconds.map { abs($0) < 0.001 } == true)
        #expect(again.info.width == reader.info.width)
        #expect(copied.count >= frames[first...].count { $0.ptsSeconds! <= to + 1e-6 })
        #expect(copied.allSatisfy { !$0.isCorrupt })
        for (offset, frame) in copied.enumerated() {
            let source = frames[first + offset]
            #expect(try pixels(frame) == pixels(source), "\(name): frame \(offset)")
            #expect(abs(frame.ptsSeconds! - (source.ptsSeconds! - clip.start)) < 0.002, "\(name): frame \(offset)")
        }
        #expect(abs(clip.end - clip.start - (copied.last!.ptsSeconds! + 1 / (reader.info.averageFrameRate?.value ?? 25))) < 0.1)
    }

    @Test func severalPartsOfOneRecording() throws {
        let folder = try TemporaryFolder(), cutter = try ClipCutter(street, stream: nil)
        // Also backwards.
        let late = try #require(try cutter.cut(4.5...5, to: folder.path("late")))
        let early = try #require(try cutter.cut(0.5...1, to: folder.path("early")))
        #expect(late.start == 4)
        #expect(early.start == 0)
        #expect(try readAll(early.path).frames.count >= 16)
        #expect(try cutter.cut(-9...(-5), to: folder.path("none")) == nil)
    }

    @Test func whatHoldsNoSuchCodecIsNotWritten() throws {
        let folder = try TemporaryFolder(), cutter = try ClipCutter(Files.clip("palette.gif"), stream: nil)
        do throws(VideoError) {
            _ = try cutter.cut(0...1, to: folder.path("clip"))
            Issue.record("there is no container for GIF")
        } catch { #expect(error.code == .unsupported) }
        do throws(VideoError) {
            _ = try ClipCutter(street, stream: nil).cut(0...1, to: folder.path("missing/clip"))
            Issue.record("there is no such folder")
        } catch { #expect(error.code == .unwritable) }
        #expect(try Files.names(in: folder) == [])
    }

    @Test(.needsFFmpeg) func soundGoesAlong() throws {
        let folder = try TemporaryFolder()
        // What IP cameras send: G.711, which MP4 does not hold.
        let sound = ["-f", "lavfi", "-i", "sine=r=8000:d=2", "-c:a", "pcm_mulaw"]
        try FFmpeg.make(FFmpeg.source() + sound + ["-c:v", "mpeg4", "-g", "10", folder.path("a.mkv")])
        let clip = try #require(try ClipCutter(folder.path("a.mkv"), stream: nil).cut(0.9...1.5, to: folder.path("clip")))
        #expect(clip.path.hasSuffix(".mkv"))
        let streams = try VideoReader(clip.path).info.streams
        #expect(streams.map(\.codec) == ["mpeg4", "pcm_mulaw"])
    }

    // MARK: Live input

    @Test func theRingHasTheLastSeconds() throws {
        let ring = PacketRing(seconds: 0.5), folder = try TemporaryFolder()
        let reader = try VideoReader(Files.clip("moving.mp4"), ring: ring)
        var times: [Double] = [], keys: [Double] = []
        while let frame = try reader.next() {
            times.append(frame.ptsSeconds!)
            if frame.isKeyFrame { keys.append(frame.ptsSeconds!) }
        }
        // The first groups are gone, and the one is there that half a second before the end is in.
        let clip = try #require(try LiveClip(ring, from: 0, to: folder.path("clip")))
        let start = try #require(clip.start)
        #expect(keys.contains(start))
        #expect(start > times[0])
        #expect(start <= times.last! - 0.5)
        let cut = try #require(try clip.finish())
        let (frames, again) = try readAll(cut.path)
        #expect(frames.count == times.count { $0 >= start })
        #expect(again.corruptPackets == 0)
        #expect(clip.missed == 0)
    }

    @Test func aClipGrowsWithItsInputAndEndsWithTheConnection() throws {
        let ring = PacketRing(seconds: 10), folder = try TemporaryFolder()
        let reader = try VideoReader(street, ring: ring)
        for _ in 0..<20 { _ = try reader.next() }
        let clip = try #require(try LiveClip(ring, from: 0.2, to: folder.path("clip")))
        let before = clip.newest
        while try reader.next() != nil {}
        #expect(try clip.advance())
        #expect(clip.newest > before)
        #expect(clip.seconds > 5.9)
        // Another connection.
        _ = try VideoReader(Files.clip("moving.mp4"), ring: ring)
        #expect(try !clip.advance())
        let cut = try #require(try clip.finish())
        #expect(try readAll(cut.path).frames.count == 90)
    }

    /// A camera that starts again sends the same times as before, on the same connection.
    @Test func aClockThatIsSetAnewEndsTheClip() throws {
        let ring = PacketRing(seconds: 10), folder = try TemporaryFolder()
        let once = try Data(contentsOf: URL(filePath: Files.clip("offset.ts")))
        try (once + once).write(to: folder.url.appending(path: "twice.ts"))
        let (first, _) = try readAll(Files.clip("offset.ts"))
        var options = VideoOptions()
        options.live = true
        let reader = try VideoReader(folder.path("twice.ts"), options: options, ring: ring)
        var clip: LiveClip?
        var times: [Double] = []
        while let frame = try reader.next() {
            times.append(frame.ptsSeconds!)
            if clip == nil, times.count == first.count / 2 { clip = try LiveClip(ring, from: times[0], to: folder.path("clip")) }
        }
        // The second pass has the times of the first one, and not those of an overflow.
        #expect(times.suffix(first.count).first! < times[0] + 1)
        let open = try #require(clip)
        #expect(try !open.advance())
        #expect(try #require(try LiveClip(ring, from: times.last! - 0.1, to: folder.path("next"))).start! <= times.last!)
    }

    @Test func withoutAPictureThereIsNoClip() throws {
        let ring = PacketRing(seconds: 10), folder = try TemporaryFolder()
        #expect(try LiveClip(ring, from: 0, to: folder.path("clip")) == nil)
        #expect(try Files.names(in: folder) == [])
    }

    @Test func aFrameIsFoundByItsTime() throws {
        for name in ["street.mp4", "moving.mp4", "offset.ts", "vfr.mkv"] {
            let frames = try readAll(Files.clip(name)).frames
            for index in [0, frames.count / 2, frames.count - 1] {
                let time = frames[index].ptsSeconds!
                let found = try #require(try VideoReader.frame(of: Files.clip(name), at: time, options: VideoOptions()))
                #expect(try pixels(found) == pixels(frames[index]), "\(name): frame \(index)")
            }
        }
        #expect(try VideoReader.frame(of: Files.clip("street.mp4"), at: 0.01, options: VideoOptions()) == nil)
    }
}

private let street = Files.clip("street.mp4")
