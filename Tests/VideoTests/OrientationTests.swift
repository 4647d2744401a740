import Foundation
import TestSupport
import Testing
import Video

@Suite struct OrientationTests {
    @Test func aRotatedClipIsShownUpright() throws {
        let (frames, reader) = try readAll(Files.clip("rotated.mp4"))
        #expect(reader.info.rotation == 90)
        #expect((reader.info.codedWidth, reader.info.codedHeight) == (160, 96))
        #expect((reader.info.width, reader.info.height) == (96, 160))
        let frame = try #require(frames.first)
        #expect((frame.width, frame.height, frame.rotation) == (96, 160, 90))
        // Coded RGBW, a quarter turn clockwise: what was below left is now above left.
        #expect(corners(try PixelSampler(width: 96, height: 160).sample(frame), width: 96, height: 160) == "BRWG")
        #expect(corners(try PixelSampler(width: 48, height: 50).sample(frame), width: 48, height: 50) == "BRWG")
    }

    /// A JPEG that its EXIF turns, and an H.264 stream that its own messages turn: one orientation for the input and its frames.
    @Test(.needsFFmpeg) func whatFramesSayIsSaidOfTheInput() throws {
        let folder = try TemporaryFolder()
        let (plain, turned, stream) = (folder.path("plain.jpg"), folder.path("turned.jpg"), folder.path("turned.mp4"))
        try FFmpeg.make(FFmpeg.source(seconds: 0.04) + [plain])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: plain))
        // APP1 with one entry: tag 0x0112, orientation 6, a quarter turn clockwise.
        let tiff: [UInt8] = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
        let exif = Array("Exif".utf8) + [0, 0] + tiff
        bytes.insert(contentsOf: [0xff, 0xe1, 0, UInt8(exif.count + 2)] + exif, at: 2)
        try bytes.write(to: URL(fileURLWithPath: turned))
        try FFmpeg.make(FFmpeg.source() + ["-c:v", "libx264", "-bsf:v", "h264_metadata=display_orientation=insert:rotate=-90", stream])
        for input in [turned, folder.path("turn*.jpg"), stream] {
            let (frames, reader) = try readAll(input)
            #expect((reader.info.width, reader.info.height) == (96, 160), "\(input)")
            #expect(frames.allSatisfy { $0.width == 96 }, "\(input)")
            #expect(frames.allSatisfy { $0.orientation == reader.info.orientation }, "\(input)")
        }
        #expect(try VideoReader(plain).info.width == 160)
    }

    static let all = [false, true].flatMap { t in
        [false, true].flatMap { x in [false, true].map { y in Orientation(transposed: t, flipsX: x, flipsY: y) } }
    }

    @Test func namesOfTheEightOrientations() {
        #expect(Self.all.map(\.rotation) == [0, 180, 0, 180, 270, 90, 270, 90])
    }

    /// Sampling a turned picture is turning it and then sampling, up to the roundings of the two axes' weights.
    @Test(arguments: all)
    func samplingAgreesWithTurningFirst(orientation: Orientation) throws {
        let (w, h) = (52, 38)
        func value(_ x: Int, _ y: Int) -> UInt8 { UInt8((x * 4 + y * 3 + (x / 5 + y / 7) % 2 * 6) % 256) }
        var traits = Frame.Traits()
        traits.range = .full
        traits.orientation = orientation
        let turned = try #require(
            Frame(pixelFormat: "gray", width: w, height: h, traits: traits) { _, bytes, stride in
                for y in 0..<h { for x in 0..<w { bytes[y * stride + x] = value(x, y) } }
            })
        let (dw, dh) = (turned.width, turned.height)
        var upright = traits
        upright.orientation = .identity
        #expect((dw, dh) == (orientation.transposed ? (h, w) : (w, h)))
        let plain = try #require(
            Frame(pixelFormat: "gray", width: dw, height: dh, traits: upright) { _, bytes, stride in
                for v in 0..<dh {
                    for u in 0..<dw {
                        let (x0, y0) = orientation.transposed ? (v, u) : (u, v)
                        bytes[v * stride + u] = value(
                            orientation.flipsX ? w - 1 - x0 : x0, orientation.flipsY ? h - 1 - y0 : y0)
                    }
                }
            })
        let sampler = PixelSampler(width: 23, height: 31)
        let (a, b) = (try sampler.sample(turned), try sampler.sample(plain))
        #expect(zip(a, b).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        // Without scaling there is nothing to round.
        let same = PixelSampler(width: dw, height: dh)
        #expect(try same.sample(turned) == same.sample(plain))
    }
}
