import TestSupport
import Testing
import Video

/// The sampler against plain double-precision loops, and against itself.
@Suite struct SamplerTests {
    static let formats = [
        "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "nv12", "nv16", "nv24", "gray", "gbrp",
        "yuv420p10le", "yuv422p12le", "gray16le", "gbrp10le",
    ]
    /// (source width, source height, width, height): shrinking, enlarging, odd, tiny, extreme.
    static let sizes = [
        (64, 48, 32, 24), (77, 53, 41, 29), (40, 30, 100, 70), (33, 17, 33, 17), (500, 20, 37, 9), (1, 1, 5, 4),
        (2, 3, 19, 21),
        (300, 200, 7, 5), (17, 16, 1, 1),
    ]

    @Test(arguments: formats)
    func agreesWithThePlainLoop(format: String) throws {
        for (i, (sw, sh, w, h)) in Self.sizes.enumerated() {
            for location in [0, 1, 2, 3, 4, 5, 6] as [UInt32] {
                var traits = Frame.Traits()
                traits.matrix = format.hasPrefix("gbr") ? .rgb : [.bt601, .bt709, .bt2020][i % 3]
                traits.range = i % 2 == 0 ? .limited : .full
                traits.chromaLocation = location
                let picture = try ReferenceFrame(format: format, width: sw, height: sh, traits: traits, seed: UInt64(i))
                let pixels = try PixelSampler(width: w, height: h).sample(picture.frame)
                var worst = 0.0
                for y in 0..<h {
                    for x in 0..<w {
                        let wanted =
                            picture.isByteYUV
                            ? picture.converted(x: x, y: y, width: w, height: h) : picture.rgb(x: x, y: y, width: w, height: h)
                        for c in 0..<3 { worst = max(worst, abs(Double(pixels[3 * (y * w + x) + c]) - wanted[c])) }
                    }
                }
                // 8-bit Y'CbCr is what swscale and OpenCV make of it, to the bit. Of the rest, half a level comes from
                // rounding the result, and more, as the samples are noise, from row weights in 1/256.
                #expect(worst <= (picture.isByteYUV ? 0 : 1.6), "\(format) \(sw)×\(sh) → \(w)×\(h): \(worst)")
                if !format.hasPrefix("yuv4") { break }
            }
        }
    }

    /// What cv2.resize makes of the whole picture's RGB, for content without hard edges.
    @Test func agreesWithConvertingFirst() throws {
        let (sw, sh, w, h) = (192, 108, 104, 58)
        var traits = Frame.Traits()
        traits.matrix = .bt709
        let picture = try ReferenceFrame(format: "yuv420p", width: sw, height: sh, traits: traits, seed: 3, isSmooth: true)
        let full = (0..<sh).map { y in (0..<sw).map { x in picture.rgb(x: x, y: y, width: sw, height: sh) } }
        let pixels = try PixelSampler(width: w, height: h).sample(picture.frame)
        for y in 0..<h {
            for x in 0..<w {
                let fx = min(max((Double(x) + 0.5) * Double(sw) / Double(w) - 0.5, 0), Double(sw - 1))
                let fy = min(max((Double(y) + 0.5) * Double(sh) / Double(h) - 0.5, 0), Double(sh - 1))
                let (x0, y0) = (Int(fx), Int(fy))
                let (x1, y1) = (min(x0 + 1, sw - 1), min(y0 + 1, sh - 1))
                let (ax, ay) = (fx - Double(x0), fy - Double(y0))
                for c in 0..<3 {
                    let top = full[y0][x0][c] * (1 - ax) + full[y0][x1][c] * ax
                    let bottom = full[y1][x0][c] * (1 - ax) + full[y1][x1][c] * ax
                    #expect(abs(Double(pixels[3 * (y * w + x) + c]) - (top * (1 - ay) + bottom * ay)) <= 2)
                }
            }
        }
    }

    @Test(arguments: formats)
    func instructionSetsAgreeBitForBit(format: String) throws {
        for (sw, sh, w, h) in Self.sizes + [(768, 432, 416, 234), (1280, 72, 416, 23), (3000, 10, 200, 8)] {
            let picture = try ReferenceFrame(format: format, width: sw, height: sh, traits: .init(), seed: 9)
            let sampler = PixelSampler(width: w, height: h)
            sampler.version = .portable
            let expected = try sampler.sample(picture.frame)
            for version in PixelSampler.Version.allCases where version.rawValue <= PixelSampler.Version.best.rawValue {
                sampler.version = version
                #expect(try sampler.sample(picture.frame) == expected, "\(version) \(format) \(sw)×\(sh) → \(w)×\(h)")
            }
        }
    }

    @Test(arguments: ["yuv420p", "nv12", "gray", "gbrp", "rgb24"], OrientationTests.all)
    func partsAreTheSameBits(format: String, orientation: Orientation) throws {
        var traits = Frame.Traits()
        traits.orientation = orientation
        let picture = try ReferenceFrame(format: format, width: 150, height: 90, traits: traits, seed: 4)
        let (w, h, stride) = (70, 47, 3 * 70 + 13)
        var random = Dice(8)
        for version in PixelSampler.Version.allCases where version.rawValue <= PixelSampler.Version.best.rawValue {
            let sampler = PixelSampler(width: w, height: h, order: .bgr)
            sampler.version = version
            let whole = try sampler.sample(picture.frame)
            for _ in 0..<12 {
                let x0 = Int.random(in: 0..<w, using: &random)
                let y0 = Int.random(in: 0..<h, using: &random)
                let columns = x0..<Int.random(in: x0 + 1...w, using: &random)
                let rows = y0..<Int.random(in: y0 + 1...h, using: &random)
                var pixels = [UInt8](repeating: 0xa5, count: stride * h)
                try pixels.withUnsafeMutableBufferPointer {
                    let part = UnsafeMutableBufferPointer(rebasing: $0[(y0 * stride + 3 * x0)...])
                    try sampler.sample(picture.frame, into: part, rowStride: stride, columns: columns, rows: rows)
                }
                var wanted = [UInt8](repeating: 0xa5, count: stride * h)
                for y in rows {
                    for i in 3 * columns.lowerBound..<3 * columns.upperBound {
                        wanted[y * stride + i] = whole[y * 3 * w + i]
                    }
                }
                // Nothing outside the part is touched.
                #expect(pixels == wanted, "\(columns) × \(rows)")
            }
        }
    }

    /// Formats that go through swscale: the same picture in another wrapping.
    @Test(arguments: [
        ("yuyv422", "yuv422p"), ("nv21", "nv12"), ("p010le", "yuv420p10le"), ("rgb24", "gbrp"), ("bgra", "gbrp"),
        ("yuv420p10be", "yuv420p10le"),
    ])
    func rareFormatsAgreeWithCommonOnes(rare: String, common: String) throws {
        var traits = Frame.Traits()
        if common == "gbrp" { traits.matrix = .rgb }
        traits.range = common == "gbrp" ? .full : .limited
        let sampler = PixelSampler(width: 31, height: 22)
        let a = try sampler.sample(
            ReferenceFrame(format: rare, width: 64, height: 46, traits: traits, seed: 6, isSmooth: true).frame)
        let b = try sampler.sample(
            ReferenceFrame(format: common, width: 64, height: 46, traits: traits, seed: 6, isSmooth: true).frame)
        #expect(
            zip(a, b).allSatisfy { abs(Int($0) - Int($1)) <= 3 }, "\(zip(a, b).map { abs(Int($0) - Int($1)) }.max()!)")
    }

    /// A picture whose samples follow from their place, so that parts of it can be made as pictures of their own.
    private func picture(_ format: String, _ part: PicturePart, _ traits: Frame.Traits = .init(), chroma: (x: Int, y: Int)) throws -> Frame
    {
        try #require(
            Frame(pixelFormat: format, width: part.columns.count, height: part.rows.count, traits: traits) { plane, bytes, stride in
                let (dx, dy) = plane > 0 ? (chroma.x, chroma.y) : (0, 0)
                for y in 0..<((part.rows.count + (1 << dy) - 1) >> dy) {
                    for x in 0..<((part.columns.count + (1 << dx) - 1) >> dx) {
                        let (u, v) = (x + part.columns.lowerBound >> dx, y + part.rows.lowerBound >> dy)
                        bytes[y * stride + x] = UInt8(truncatingIfNeeded: 37 &* u &+ 91 &* v &+ (u &* v) / 3 &+ 50 * plane)
                    }
                }
            })
    }

    @Test(arguments: [("yuv420p", 1, 1), ("yuv422p", 1, 0), ("yuv444p", 0, 0), ("gray", 0, 0), ("gbrp", 0, 0)])
    func aPartIsWhatAPictureOfItWouldBe(format: String, dx: Int, dy: Int) throws {
        let whole = try picture(format, PicturePart(columns: 0..<90, rows: 0..<64), chroma: (dx, dy))
        for part in [
            PicturePart(columns: 10..<50, rows: 4..<64), .init(columns: 0..<90, rows: 0..<2), .init(columns: 88..<90, rows: 30..<40),
        ] {
            let own = try picture(format, part, chroma: (dx, dy))
            for (width, height) in [(40, 60), (16, 16), (133, 71)] {
                let sampler = PixelSampler(width: width, height: height)
                var pixels = [UInt8](repeating: 0, count: 3 * width * height)
                try pixels.withUnsafeMutableBufferPointer { try sampler.sample(whole, part: part, into: $0) }
                #expect(try pixels == PixelSampler(width: width, height: height).sample(own), "\(part) → \(width)×\(height)")
            }
        }
    }

    @Test(arguments: [false, true], [false, true])
    func partsAreOfThePictureAsShown(isTransposed: Bool, flipsX: Bool) throws {
        for flipsY in [false, true] {
            var traits = Frame.Traits()
            traits.orientation = Orientation(transposed: isTransposed, flipsX: flipsX, flipsY: flipsY)
            let frame = try picture("yuv420p", PicturePart(columns: 0..<90, rows: 0..<64), traits, chroma: (1, 1))
            let whole = try PixelSampler(width: frame.width, height: frame.height).sample(frame)
            let part = PicturePart(columns: 5..<32, rows: 20..<61), sampler = PixelSampler(width: 27, height: 41)
            var pixels = [UInt8](repeating: 0, count: 3 * 27 * 41)
            try pixels.withUnsafeMutableBufferPointer { try sampler.sample(frame, part: part, into: $0) }
            for y in 0..<41 {
                let start = 3 * ((20 + y) * frame.width + 5)
                #expect(Array(pixels[3 * 27 * y..<3 * 27 * (y + 1)]) == Array(whole[start..<start + 3 * 27]))
            }
        }
    }
}
