import Pictures
import Testing
import Video

@Suite struct CanvasTests {
    @Test func whateverLiesOutsideIsLeftOut() {
        var canvas = Canvas(width: 8, height: 6)
        canvas.fill(PixelRectangle(x: -5, y: -5, width: 7, height: 7), .white)
        canvas.outline(PixelRectangle(x: 6, y: 4, width: 100, height: 100), .yellow)
        canvas.line(from: (-1e9, 3.5), to: (1e9, 3.5), .orange)
        canvas.arrow(from: (20, 20), to: (.infinity, 0), .orange)
        canvas.write(TextLine("far away", scale: 3), x: 7, y: 5, .white)
        canvas.write(TextLine("before", scale: 3), x: -90, y: -90, .white)
        canvas.paste(Canvas(width: 4, height: 4, colour: .sky), x: -2, y: 4)
        canvas.paste(Canvas(width: 4, height: 4, colour: .sky), x: 30, y: -9)
        #expect(canvas.pixels.count == 3 * 8 * 6)
        #expect(canvas[0, 0] == .white && canvas[1, 1] == .white && canvas[2, 2] == .black && canvas[2, 3] == .orange)
        #expect(canvas[0, 4] == .sky && canvas[2, 5] == .black)
        #expect(canvas[8, 0] == nil && canvas[0, -1] == nil)
    }

    @Test func outlineLeavesTheInside() {
        var canvas = Canvas(width: 9, height: 9)
        canvas.outline(PixelRectangle(x: 1, y: 1, width: 7, height: 7), .white, thickness: 2)
        for y in 0..<9 {
            for x in 0..<9 {
                let ring = min(x, y, 8 - x, 8 - y)
                #expect(canvas[x, y] == (ring == 1 || ring == 2 ? .white : .black), "\(x), \(y)")
            }
        }
        // A box that is thinner than its edge is filled, and no more.
        canvas.outline(PixelRectangle(x: 4, y: 0, width: 1, height: 9), .sky, thickness: 5)
        #expect(canvas[4, 4] == .sky && canvas[5, 4] == .black)
    }

    @Test func opacityMixes() {
        var canvas = Canvas(width: 1, height: 1)
        canvas.fill(canvas.bounds, .white, opacity: 0.5)
        #expect(canvas[0, 0] == Colour(127, 127, 127))
        canvas.fill(canvas.bounds, .yellow, opacity: 0)
        #expect(canvas[0, 0] == Colour(127, 127, 127))
        canvas.fade(1)
        #expect(canvas[0, 0] == Colour(127, 127, 127))
    }

    @Test func spotlightDimsTheRest() {
        var canvas = Canvas(width: 12, height: 12, colour: .white)
        canvas.spotlight(.yellow) { x, y in (3..<9).contains(x) && (3..<9).contains(y) }
        #expect(canvas[0, 0] == Colour(127, 127, 127))
        #expect(canvas[5, 5] == .white)
        #expect(canvas[3, 5]!.blue < 128 && canvas[3, 5]!.red > 250)
    }

    @Test func tintFollowsTheShare() {
        var canvas = Canvas(width: 3, height: 1)
        canvas.tint(opacity: 1) { x, _ in Double(x) / 2 }
        #expect(canvas[0, 0] == .black && canvas[1, 0] == .heat(0.5) && canvas[2, 0] == .heat(1))
    }
}
