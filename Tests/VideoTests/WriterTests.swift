import Foundation
import TestSupport
import Testing

@testable import Video

@Suite struct WriterTests {
    private func file(_ ending: String) -> String {
        FileManager.default.temporaryDirectory.appending(path: "deepvid-\(UUID().uuidString).\(ending)").path
    }

    /// Copies a clip through the writer.
    private func copy(
        _ clip: String, to path: String, width: Int? = nil, height: Int? = nil, codec: VideoWriterOptions.Codec? = nil, crf: Int = 12,
        frames limit: Int? = nil
    ) throws -> Int {
        let reader = try VideoReader(Files.clip(clip))
        var options = VideoWriterOptions(container: try .init(path: path))
        (options.codec, options.crf, options.frameRate) = (codec, crf, reader.info.averageFrameRate)
        let picture = try YUVImage(width: width ?? reader.info.width, height: height ?? reader.info.height)
        var writer: VideoWriter?
        while writer?.frames ?? 0 < limit ?? .max, let frame = try reader.next() {
            try picture.load(frame)
            let open = try writer ?? VideoWriter(path, first: picture, options: options)
            writer = open
            try open.write(picture)
        }
        #expect(!FileManager.default.fileExists(atPath: path), "it has its name in the end only")
        return try #require(writer).finish()
    }

    /// Mean absolute difference of two frames, in levels of RGB.
    private func difference(_ a: Frame, _ b: Frame) throws -> Double {
        let sampler = PixelSampler(width: a.width, height: a.height)
        let (x, y) = (try sampler.sample(a), try PixelSampler(width: a.width, height: a.height).sample(b))
        return Double(zip(x, y).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(x.count)
    }

    @Test(arguments: [
        ("street.mp4", "mp4", VideoWriterOptions.Codec.h264), ("street.mp4", "mkv", .h264), ("street.mp4", "mov", .mpeg4),
        ("vfr.mkv", "mp4", .h264), ("vfr.mkv", "mkv", .mpeg4), ("moving.mp4", "mp4", .h264), ("mpeg4.avi", "mp4", .h264),
        ("offset.ts", "mp4", .h264), ("offset.ts", "mp4", .mpeg4),
    ])
    func whatIsWrittenIsRead(clip: String, ending: String, codec: VideoWriterOptions.Codec) throws {
        let path = file(ending)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bytes = try copy(clip, to: path, codec: codec)
        let (before, _) = try readAll(Files.clip(clip))
        let (after, reader) = try readAll(path)
        #expect(reader.info.codec == codec.rawValue)
        #expect(reader.earlyEnd == nil)
        #expect(reader.corruptPackets == 0)
        #expect(after.count == before.count)
        #expect(bytes > 1000)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int == bytes)
        let origin = try #require(before[0].ptsSeconds)
        for (a, b) in zip(before, after) {
            #expect(b.width == a.width)
            #expect(b.height == a.height)
            #expect(abs(try #require(a.ptsSeconds) - origin - (try #require(b.ptsSeconds))) < 0.0011, "frame \(a.index)")
        }
        for index in [0, before.count / 2, before.count - 1] { #expect(try difference(before[index], after[index]) < 5, "frame \(index)") }
    }

    @Test(arguments: [
        "bt601-limited.mp4", "bt709-limited.mp4", "bt709-full.mp4", "bt2020-limited.mp4", "h264-10bit.mp4", "hevc-10bit.mp4", "rotated.mp4",
        "palette.gif", "interlaced.mp4",
    ])
    func colorsStay(clip: String) throws {
        let path = file("mp4")
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try copy(clip, to: path, crf: 8)
        let before = try #require(try VideoReader(Files.clip(clip)).next())
        let after = try #require(try VideoReader(path).next())
        #expect(after.width == before.width)
        #expect(after.height == before.height)
        #expect(after.rotation == 0)
        if before.colorMatrix != .rgb { #expect(after.colorMatrix == before.colorMatrix) }
        #expect(after.colorRange == .limited)
        // Halved chroma takes its share at edges, and of a dither all of it.
        #expect(try difference(before, after) < (clip == "palette.gif" ? 20 : 6))
    }

    @Test func sizesThatAreOddOrOther() throws {
        for (width, height, made) in [(321, 193, (322, 194)), (160, 96, (160, 96)), (1, 1, (2, 2)), (1280, 768, (1280, 768))] {
            let path = file("mp4")
            defer { try? FileManager.default.removeItem(atPath: path) }
            _ = try copy("street.mp4", to: path, width: width, height: height, frames: 3)
            let frame = try #require(try VideoReader(path).next())
            #expect((frame.width, frame.height) == made)
        }
    }

    @Test func sizeMayChangeOnTheWay() throws {
        let path = file("mp4")
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try copy("resize.h264", to: path)
        let (before, after) = (try readAll(Files.clip("resize.h264")).frames, try readAll(path).frames)
        #expect(after.count == before.count)
        #expect(Set(after.map(\.width)).count == 1)
        // A stream without times is given the usual ones.
        let times = after.compactMap(\.ptsSeconds)
        #expect(times == times.sorted())
        #expect(Set(times).count == times.count)
    }

    /// A clock that jumps by a day, or back, or has one wrong stamp: the video is as long as its frames, and no longer.
    @Test(arguments: [86400 * 25, -20, -1_000_000], ["mp4", "mkv"])
    func jumpsOfTheClockAreClosed(jump: Int64, ending: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("out.\(ending)")
        var options = VideoWriterOptions(container: try .init(path: path))
        options.frameRate = Rational(25, 1)
        let image = try YUVImage(width: 160, height: 96)
        var writer: VideoWriter?
        for frame in try readAll(Files.clip("offset.ts")).frames {
            try image.load(frame)
            let isWrong = frame.index == 10
            (image.pts, image.timeBase) = (Int64(frame.index) + (frame.index >= 25 ? jump : isWrong ? 9_000_000 : 0), Rational(1, 25))
            let open = try writer ?? VideoWriter(path, first: image, options: options)
            writer = open
            try open.write(image)
        }
        try #require(writer).finish()
        let times = try readAll(path).frames.map { try #require($0.ptsSeconds) }
        #expect(times.count == 50)
        for (before, after) in zip(times, times.dropFirst()) { #expect(abs(after - before - 0.04) < 0.0021) }
    }

    @Test func indexIsAtTheBeginning() throws {
        let path = file("mp4")
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try copy("street.mp4", to: path, frames: 10)
        let bytes = try Data(contentsOf: URL(filePath: path))
        let (index, media) = (try #require(bytes.firstRange(of: Data("moov".utf8))), try #require(bytes.firstRange(of: Data("mdat".utf8))))
        #expect(index.lowerBound < media.lowerBound)
    }

    @Test func aDroppedWriterLeavesNothing() throws {
        let folder = try TemporaryFolder()
        do {
            let picture = try YUVImage(width: 64, height: 48)
            try picture.load(try #require(try VideoReader(Files.clip("street.mp4")).next()))
            let path = folder.path("out.mp4")
            let writer = try VideoWriter(path, first: picture, options: VideoWriterOptions(container: .mp4))
            try writer.write(picture)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test(arguments: ["out.webm", "out.avi", "out", "out.MP4.txt", ".mp4x"])
    func otherContainersAreRefused(name: String) {
        #expect { try VideoWriterOptions.Container(path: name) } throws: {
            ($0 as? VideoError)?.code == .invalidOptions && "\($0)".contains(".mp4")
        }
    }

    @Test func placesThatCannotBeWritten() throws {
        let picture = try YUVImage(width: 64, height: 48)
        try picture.load(try #require(try VideoReader(Files.clip("street.mp4")).next()))
        #expect { try VideoWriter("/proc/self/task/out.mp4", first: picture, options: VideoWriterOptions(container: .mp4)) } throws: {
            ($0 as? VideoError)?.code == .unwritable
        }
    }

    @Test func picturesAsJPEG() throws {
        var rgb = [UInt8](repeating: 0, count: 3 * 60 * 40)
        for index in rgb.indices { rgb[index] = UInt8(index / 3 % 60 * 4) }
        let bytes = try StillImage.jpeg(quantizer: 2).encode(rgb: rgb, width: 60, height: 40)
        #expect(bytes.prefix(2) == [0xFF, 0xD8])
        #expect(bytes.suffix(2) == [0xFF, 0xD9])
        let path = file("jpg")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(filePath: path))
        let frame = try #require(try VideoReader(path).next())
        let read = try PixelSampler(width: 60, height: 40).sample(frame)
        #expect(zip(rgb, read).allSatisfy { abs(Int($0) - Int($1)) < 12 })
    }
}
