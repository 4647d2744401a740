import Testing
import Tracking
import Video
import Vision

@testable import Reports

@Suite struct PlanarCanvasTests {
    private func picture(_ width: Int, _ height: Int, _ color: (UInt8, UInt8, UInt8)) throws -> YUVImage {
        let frame = Frame(pixelFormat: "yuv420p", width: width, height: height) { plane, bytes, _ in
            bytes.update(repeating: [color.0, color.1, color.2][plane])
        }
        let picture = try YUVImage(width: width, height: height)
        try picture.load(try #require(frame))
        return picture
    }

    /// Levels at a pixel.
    private func levels(_ picture: YUVImage, _ x: Int, _ y: Int) -> [Int] {
        let planes = picture.planes
        return [0, 1, 1].enumerated().map { plane, shift in Int(planes[plane].base[(y >> shift) * planes[plane].stride + x >> shift]) }
    }

    @Test func colorsAreThoseOfTheBook() throws {
        let picture = try picture(16, 16, (16, 128, 128))
        for (color, level) in [
            (Color.white, [235, 128, 128]), (.black, [16, 128, 128]), (Color(255, 0, 0), [81, 90, 240]),
            (Color(0, 0, 255), [41, 240, 110]),
        ] {
            var canvas = PlanarCanvas(picture)
            canvas.fill(PixelRect(x: 4, y: 4, width: 6, height: 6), color)
            #expect(zip(levels(picture, 6, 6), level).allSatisfy { abs($0 - $1) <= 1 }, "\(color)")
            #expect(levels(picture, 2, 2) == [16, 128, 128])
            #expect(levels(picture, 10, 4) == [16, 128, 128])
        }
    }

    /// Against the canvas in RGB: the same shapes in the same places.
    @Test func drawsAsTheOtherCanvasDoes() throws {
        let picture = try picture(96, 64, (16, 128, 128))
        var planar = PlanarCanvas(picture)
        var plain = Canvas(width: 96, height: 64)
        func draw(on canvas: inout some DrawingSurface) {
            canvas.draw([LabeledBox(area: PixelRect(x: 11, y: 20, width: 33, height: 21), label: "car 0.50", color: .white)], edge: 1)
            canvas.line(from: Point(50, 3), to: Point(90, 60), .white, thickness: 3)
            canvas.label(TextLine("12"), x: 60, y: 40, .white)
            canvas.fill(PixelRect(x: -5, y: 50, width: 20, height: 100), .white, opacity: 0.5)
        }
        draw(on: &planar)
        draw(on: &plain)
        for y in 0..<64 {
            for x in 0..<96 {
                let expected = 16 + Int(plain[x, y].green) * 219 / 255
                #expect(abs(levels(picture, x, y)[0] - expected) <= 2, "\(x), \(y)")
            }
        }
    }

    @Test func whatLiesOutsideIsLeftOut() throws {
        let picture = try picture(8, 8, (50, 128, 128))
        var canvas = PlanarCanvas(picture)
        for area in [
            PixelRect(x: -100, y: -100, width: 50, height: 50), PixelRect(x: 8, y: 0, width: 5, height: 5),
            PixelRect(x: .max, y: .max, width: .max, height: .max), PixelRect(x: .min, y: .min, width: 5, height: .max),
            PixelRect(x: 3, y: 3, width: -2, height: 0),
        ] { canvas.fill(area, .white) }
        canvas.blend(-1, 0, .white, 1)
        canvas.blend(8, 8, .white, 1)
        for y in 0..<8 { for x in 0..<8 { #expect(levels(picture, x, y) == [50, 128, 128]) } }
        canvas.fill(PixelRect(x: -1_000_000, y: -1_000_000, width: 2_000_000, height: 2_000_000), .black)
        #expect(levels(picture, 7, 7) == [16, 128, 128])
    }
}
