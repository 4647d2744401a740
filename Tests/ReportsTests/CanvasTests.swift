import DeepCache
import Testing
import Tracking
import Video
import Vision

@testable import Reports

@Suite struct CanvasTests {
    @Test func whateverLiesOutsideIsLeftOut() {
        var canvas = Canvas(width: 8, height: 6)
        canvas.fill(PixelRect(x: -5, y: -5, width: 7, height: 7), .white)
        canvas.outline(PixelRect(x: 6, y: 4, width: 100, height: 100), .yellow)
        canvas.line(from: Point(-1e9, 3.5), to: Point(1e9, 3.5), .orange)
        canvas.arrow(from: Point(20, 20), to: Point(.infinity, 0), .orange)
        canvas.write(TextLine("far away", scale: 3), x: 7, y: 5, .white)
        canvas.write(TextLine("before", scale: 3), x: -90, y: -90, .white)
        canvas.paste(Canvas(width: 4, height: 4, color: .sky), x: -2, y: 4)
        canvas.paste(Canvas(width: 4, height: 4, color: .sky), x: 30, y: -9)
        #expect(canvas.pixels.count == 3 * 8 * 6)
        #expect(canvas[0, 0] == .white)
        #expect(canvas[1, 1] == .white)
        #expect(canvas[2, 2] == .black)
        #expect(canvas[2, 3] == .orange)
        #expect(canvas[0, 4] == .sky)
        #expect(canvas[2, 5] == .black)
    }

    @Test func outlineLeavesTheInside() {
        var canvas = Canvas(width: 9, height: 9)
        canvas.outline(PixelRect(x: 1, y: 1, width: 7, height: 7), .white, thickness: 2)
        for y in 0..<9 {
            for x in 0..<9 {
                let ring = min(x, y, 8 - x, 8 - y)
                #expect(canvas[x, y] == (ring == 1 || ring == 2 ? .white : .black), "\(x), \(y)")
            }
        }
        // A box that is thinner than its edge is filled, and no more.
        canvas.outline(PixelRect(x: 4, y: 0, width: 1, height: 9), .sky, thickness: 5)
        #expect(canvas[4, 4] == .sky)
        #expect(canvas[5, 4] == .black)
    }

    @Test func opacityMixes() {
        var canvas = Canvas(width: 1, height: 1)
        canvas.fill(canvas.bounds, .white, opacity: 0.5)
        #expect(canvas[0, 0] == Color(127, 127, 127))
        canvas.fill(canvas.bounds, .yellow, opacity: 0)
        #expect(canvas[0, 0] == Color(127, 127, 127))
        canvas.desaturate(1)
        #expect(canvas[0, 0] == Color(127, 127, 127))
    }

    @Test func highlightDimsTheRest() {
        var canvas = Canvas(width: 12, height: 12, color: .white)
        let mask = ChangeMask(height: 12, width: 12)
        mask.mark(rows: 3..<9, columns: 3..<9)
        let placement = Placement(
            sourceWidth: 12, sourceHeight: 12, modelWidth: 12, modelHeight: 12, picture: PixelRect(x: 0, y: 0, width: 12, height: 12))
        canvas.highlight(mask, ModelPixelMap(placement, of: canvas))
        #expect(canvas[0, 0] == Color(127, 127, 127))
        #expect(canvas[5, 5] == .white)
        #expect(canvas[3, 5].blue < 128)
        #expect(canvas[3, 5].red > 250)
    }

    @Test func colorsHaveAReadableContrast() {
        #expect(Color.yellow.contrast == .black)
        #expect(Color.white.contrast == .black)
        #expect(Color(120, 0, 0).contrast == .white)
    }

    @Test func heatGoesFromYellowToRed() {
        #expect(Color.heat(0).green > 200)
        #expect(Color.heat(1).green < 30)
        #expect(Color.heat(-1) == .heat(0))
        #expect(Color.heat(2) == .heat(1))
    }

    @Test(arguments: [(1, 1), (7, 3), (64, 48), (333, 5)])
    func whatIsWrittenAsPNGIsRead(width: Int, height: Int) throws {
        var canvas = Canvas(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                canvas.fill(
                    PixelRect(x: x, y: y, width: 1, height: 1), Color(UInt8(x * 37 & 255), UInt8(y * 91 & 255), UInt8((x * y) & 255)))
            }
        }
        let frame = try decoded(canvas.png())
        #expect(frame.width == width)
        #expect(frame.height == height)
        #expect(try PixelSampler(width: width, height: height).sample(frame) == canvas.pixels)
    }
}
