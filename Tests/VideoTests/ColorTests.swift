import TestSupport
import Testing

@testable import Video

/// Patches of known colors, through decoder and sampler, under every matrix, range and depth.
@Suite struct ColorTests {
    /// As in scripts/fixtures/scenes.py.
    static let patches: [(Double, Double, Double)] = [
        (0.9, 0.1, 0.1), (0.1, 0.8, 0.2), (0.1, 0.2, 0.9), (0.8, 0.8, 0.1),
        (0.1, 0.7, 0.8), (0.7, 0.2, 0.7), (0.5, 0.5, 0.5), (0.95, 0.6, 0.3),
    ]

    @Test(arguments: [
        ("bt601-limited.mp4", ColorMatrix.bt601, ColorRange.limited, "yuv420p"),
        ("bt709-limited.mp4", .bt709, .limited, "yuv420p"),
        ("bt709-full.mp4", .bt709, .full, "yuvj420p"),
        ("bt2020-limited.mp4", .bt2020, .limited, "yuv420p"),
        ("h264-10bit.mp4", .bt601, .limited, "yuv420p10le"),
        ("hevc-10bit.mp4", .bt601, .limited, "yuv420p10le"),
    ])
    func patchesKeepTheirColors(clip: String, matrix: ColorMatrix, range: ColorRange, format: String) throws {
        let (frames, reader) = try readAll(Files.clip(clip))
        let frame = try #require(frames.first)
        #expect(frame.colorMatrix == matrix)
        #expect(reader.info.colorMatrix == matrix)
        #expect(frame.colorRange == range)
        #expect(reader.info.colorRange == range)
        #expect(frame.pixelFormat == format)
        #expect(reader.info.pixelFormat == format)
        for order in [PixelSampler.Order.rgb, .bgr] {
            let pixels = try PixelSampler(width: 64, height: 32, order: order).sample(frame)
            for (i, patch) in Self.patches.enumerated() {
                // The middle of a 16 × 16 patch of the halved picture.
                let at = 3 * ((i / 4 * 16 + 8) * 64 + i % 4 * 16 + 8)
                let wanted = order == .rgb ? [patch.0, patch.1, patch.2] : [patch.2, patch.1, patch.0]
                for c in 0..<3 {
                    #expect(abs(Double(pixels[at + c]) - wanted[c] * 255) <= 3, "patch \(i), channel \(c)")
                }
            }
        }
    }

    @Test func unflaggedPicturesAreGuessedByTheirSize() throws {
        #expect(try readAll(Files.clip("moving.mp4")).frames[0].colorMatrix == .bt601)
        #expect(try VideoReader(Files.clip("moving.mp4")).info.colorSpace == "unknown")
    }

    @Test func transparencyIsLaidOverBlack() throws {
        let (frames, _) = try readAll(Files.clip("alpha.mov"))
        let frame = try #require(frames.first)
        #expect(frame.pixelFormat == "argb")
        let pixels = try PixelSampler(width: 64, height: 32).sample(frame)
        for x in 0..<64 {
            #expect(abs(Int(pixels[3 * x]) - 4 * x) <= 1)
            #expect(pixels[3 * x + 1] == 0)
            #expect(pixels[3 * x + 2] == 0)
        }
    }

    @Test func palettesAndStills() throws {
        let (gif, _) = try readAll(Files.clip("palette.gif"))
        #expect(corners(try PixelSampler(width: 64, height: 48).sample(gif[0]), width: 64, height: 48) == "RGBW")
        let (stills, _) = try readAll(Files.clip("stills/*.jpg"))
        #expect(stills.count == 4)
        #expect(stills[0].colorRange == .full)
        let (one, reader) = try readAll(Files.clip("stills/still-2.jpg"))
        #expect(one.count == 1)
        #expect(reader.earlyEnd == nil)
    }

    /// A PNG's RGB passes unchanged when nothing is scaled.
    @Test func rgbIsExactAtFullSize() throws {
        let frame = try readAll(Files.clip("sequence/frame%04d.png")).frames[3]
        #expect(frame.pixelFormat == "rgb24")
        #expect(frame.colorMatrix == .rgb)
        let pixels = try PixelSampler(width: frame.width, height: frame.height).sample(frame)
        let (base, stride) = try #require(frame.storage.plane(0)), length = 3 * frame.width
        for y in 0..<frame.height {
            #expect(Array(UnsafeBufferPointer(start: base + y * stride, count: length)) == Array(pixels[y * length..<(y + 1) * length]))
        }
    }
}

/// The letters of the colors in the four corners: upper left, upper right, lower left, lower right.
func corners(_ pixels: [UInt8], width: Int, height: Int) -> String {
    var letters = ""
    for (x, y) in [(4, 4), (width - 5, 4), (4, height - 5), (width - 5, height - 5)] {
        let p = pixels[(3 * (y * width + x))...].prefix(3).map { $0 > 180 ? 1 : $0 < 70 ? 0 : 9 }
        letters += [[1, 0, 0]: "R", [0, 1, 0]: "G", [0, 0, 1]: "B", [1, 1, 1]: "W"][p] ?? "?"
    }
    return letters
}
