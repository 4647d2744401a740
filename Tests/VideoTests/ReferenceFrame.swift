import Foundation
import TestSupport
import Testing
import Video

/// A made frame whose colors can be had in double precision at any point.
struct ReferenceFrame {
    let frame: Frame
    private let width: Int
    private let height: Int
    private let traits: Frame.Traits
    private let shiftX: Int
    private let shiftY: Int
    private let isRGB: Bool
    private let isGray: Bool
    private let seed: UInt64
    private let isSmooth: Bool
    /// 8-bit Y'CbCr with at most two luma samples for one of chroma.
    let isByteYUV: Bool

    /// log2 of the chroma subsampling.
    private static let shifts: [String: (Int, Int)] = [
        "yuv420p": (1, 1), "yuv422p": (1, 0), "yuv444p": (0, 0), "yuv440p": (0, 1), "yuv411p": (2, 0),
        "yuv410p": (2, 2),
        "nv12": (1, 1), "nv16": (1, 0), "nv24": (0, 0), "nv21": (1, 1), "yuyv422": (1, 0), "yuv420p10le": (1, 1),
        "yuv420p10be": (1, 1), "yuv422p12le": (1, 0), "p010le": (1, 1),
    ]

    init(format: String, width: Int, height: Int, traits: Frame.Traits, seed: UInt64, isSmooth: Bool = false) throws {
        (self.width, self.height, self.traits, self.seed, self.isSmooth) = (width, height, traits, seed, isSmooth)
        isRGB = format.hasPrefix("gbr") || format.hasPrefix("rgb") || format.hasPrefix("bgr")
        isGray = format.hasPrefix("gray")
        let (sx, sy) = Self.shifts[format] ?? (0, 0)
        isByteYUV = ["yuv420p", "yuv422p", "yuv444p", "yuv440p", "nv12", "nv16", "nv24"].contains(format)
        (shiftX, shiftY) = (sx, sy)
        func value(_ channel: Int, _ x: Int, _ y: Int) -> UInt8 {
            Self.value(channel, x, y, seed: seed, isSmooth: isSmooth)
        }
        let depth =
            format == "p010le"
            ? 10
            : format == "gray16le"
                ? 16
                : format.hasSuffix("10le") || format.hasSuffix("10be") ? 10 : format.hasSuffix("12le") ? 12 : 8
        let made = Frame(pixelFormat: format, width: width, height: height, traits: traits) { plane, bytes, stride in
            let rows = bytes.count / stride
            for y in 0..<rows {
                let row = UnsafeMutableBufferPointer(rebasing: bytes[y * stride..<(y + 1) * stride])
                switch format {
                case "rgb24":
                    for x in 0..<width { for c in 0..<3 { row[3 * x + c] = value(c, x, y) } }
                case "bgra":
                    for x in 0..<width {
                        for c in 0..<3 { row[4 * x + 2 - c] = value(c, x, y) }
                        row[4 * x + 3] = 255
                    }
                case "yuyv422":
                    for x in 0..<(width + 1) / 2 {
                        (row[4 * x], row[4 * x + 2]) = (value(0, 2 * x, y), value(0, 2 * x + 1, y))
                        (row[4 * x + 1], row[4 * x + 3]) = (value(1, x, y), value(2, x, y))
                    }
                default:
                    let isChroma = plane > 0 && !(format.hasPrefix("gbr"))
                    let columns = isChroma ? (width + (1 << sx) - 1) >> sx : width
                    // gbrp's planes are G, B, R; the test's channels are R, G, B.
                    let channel = format.hasPrefix("gbr") ? [1, 2, 0][plane] : plane
                    for x in 0..<columns {
                        if isChroma, format.hasPrefix("nv") || format.hasPrefix("p0") {
                            let order = format == "nv21" ? [2, 1] : [1, 2]
                            for c in 0..<2 {
                                let v = value(order[c], x, y)
                                if depth == 8 {
                                    row[2 * x + c] = v
                                } else {
                                    (row[4 * x + 2 * c], row[4 * x + 2 * c + 1]) = (0, v)
                                }
                            }
                        } else if depth == 8 {
                            row[x] = value(channel, x, y)
                        } else {
                            // The low bits are noise that eight bits do not see.
                            let v =
                                format == "p010le"
                                ? UInt16(value(channel, x, y)) << 8
                                : UInt16(value(channel, x, y)) << (depth - 8) | UInt16((x + y) % (1 << (depth - 8)))
                            let (low, high) = (UInt8(v & 255), UInt8(v >> 8))
                            (row[2 * x], row[2 * x + 1]) = format.hasSuffix("be") ? (high, low) : (low, high)
                        }
                    }
                }
            }
        }
        frame = try #require(made)
    }

    private static func value(_ channel: Int, _ x: Int, _ y: Int, seed: UInt64, isSmooth: Bool) -> UInt8 {
        if isSmooth {
            let wave = sin(Double(x) / 19 + Double(channel)) + cos(Double(y) / 13 - Double(channel) / 2)
            return UInt8((120 + (channel == 0 ? 35 : 18) * wave).rounded())
        }
        var random = Dice(Int(truncatingIfNeeded: seed) &* 1_000_003 &+ channel * 40_000_000 + y * 10_000 + x)
        return UInt8(truncatingIfNeeded: random.next() >> 20)
    }

    /// The color of pixel (x, y) of the picture scaled to width × height, by the book and in doubles.
    func rgb(x: Int, y: Int, width w: Int, height h: Int) -> [Double] {
        let sx = min(max((Double(x) + 0.5) * Double(width) / Double(w) - 0.5, 0), Double(width - 1))
        let sy = min(max((Double(y) + 0.5) * Double(height) / Double(h) - 0.5, 0), Double(height - 1))
        if isRGB { return (0..<3).map { interpolate($0, sx, sy, width, height) } }
        let isLimited = traits.range == .limited
        var luma = interpolate(0, sx, sy, width, height)
        luma = isLimited ? (luma - 16) / 219 * 255 : luma
        if isGray { return Array(repeating: min(max(luma, 0), 255), count: 3) }
        // Chroma is repeated for each of its luma samples.
        let scale = isLimited ? 255.0 / 224 : 1
        func chroma(_ channel: Int) -> Double {
            let (x0, y0) = (Int(sx), Int(sy))
            func at(_ x: Int, _ y: Int) -> Double {
                Double(Self.value(channel, min(x, width - 1) >> shiftX, min(y, height - 1) >> shiftY, seed: seed, isSmooth: isSmooth))
            }
            let (fx, fy) = (sx - Double(x0), sy - Double(y0))
            let top = at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx, bottom = at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx
            return (top * (1 - fy) + bottom * fy - 128) * scale
        }
        let (u, v) = (chroma(1), chroma(2))
        let (kr, kb): (Double, Double) =
            switch traits.matrix {
            case .bt709: (0.2126, 0.0722)
            case .bt2020: (0.2627, 0.0593)
            default: (0.299, 0.114)
            }
        let r = luma + 2 * (1 - kr) * v
        let b = luma + 2 * (1 - kb) * u
        let g = (luma - kr * r - kb * b) / (1 - kr - kb)
        // swscale's converter cuts each product off: half a level each.
        let cut = isLimited ? 1.0 : 0.5
        return zip([r, g, b], [cut, cut + 0.5, cut]).map { min(max($0 - $1, 0), 255) }
    }

    /// swscale's fast conversion of every pixel, then `cv2.resize`, in their integer arithmetic, by the book.
    func converted(x: Int, y: Int, width w: Int, height h: Int) -> [Double] {
        let isLimited = traits.range == .limited
        // 16.16: R from V, B from U, G from U and V.
        let table: [Int] =
            switch traits.matrix {
            case .bt709: [117489, 138438, 13975, 34925]
            case .bt2020: [110013, 140363, 12277, 42626]
            default: [104597, 132201, 25675, 53279]
            }
        let scaled = [table[0], table[1], -table[2], -table[3]].map { isLimited ? $0 : $0 * 224 / 255 }
        let weights = (scaled + [isLimited ? 65536 * 255 / 219 : 65536]).map { ($0 * 8192 + 32768) >> 16 }
        func pixel(_ x: Int, _ y: Int) -> [Int] {
            let (x, y) = (min(max(x, 0), width - 1), min(max(y, 0), height - 1))
            func sample(_ channel: Int, _ x: Int, _ y: Int) -> Int { Int(Self.value(channel, x, y, seed: seed, isSmooth: isSmooth)) }
            let level = ((sample(0, x, y) * 8 - (isLimited ? 128 : 0)) * weights[4]) >> 16
            let u = sample(1, x >> shiftX, y >> shiftY) * 8 - 1024, v = sample(2, x >> shiftX, y >> shiftY) * 8 - 1024
            let terms = [(v * weights[0]) >> 16, ((u * weights[2]) >> 16) + ((v * weights[3]) >> 16), (u * weights[1]) >> 16]
            return terms.map { min(max(level + $0, 0), 255) }
        }
        func tap(_ i: Int, _ size: Int, _ count: Int) -> (first: Int, weight: Int) {
            let position = Float((Double(i) + 0.5) * (1 / (Double(count) / Double(size))) - 0.5)
            return (Int(position.rounded(.down)), Int(((position - position.rounded(.down)) * 2048).rounded(.toNearestOrEven)))
        }
        let (x0, wx) = tap(x, width, w), (y0, wy) = tap(y, height, h)
        func row(_ y: Int) -> [Int] { zip(pixel(x0, y), pixel(x0 + 1, y)).map { ($0 * (2048 - wx) + $1 * wx) >> 4 } }
        return zip(row(y0), row(y0 + 1)).map { Double(((((2048 - wy) * $0) >> 16) + ((wy * $1) >> 16) + 2) >> 2) }
    }

    private func interpolate(_ channel: Int, _ x: Double, _ y: Double, _ width: Int, _ height: Int) -> Double {
        func at(_ x: Int, _ y: Int) -> Double {
            Double(Self.value(channel, min(x, width - 1), min(y, height - 1), seed: seed, isSmooth: isSmooth))
        }
        let (x0, y0) = (Int(x), Int(y))
        let (fx, fy) = (x - Double(x0), y - Double(y0))
        return (at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx) * (1 - fy)
            + (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy
    }
}
