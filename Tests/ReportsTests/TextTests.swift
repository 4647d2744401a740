import Testing
import Vision

@testable import Reports

@Suite struct TextTests {
    private func drawn(_ text: String, scale: Int = 1) -> (canvas: Canvas, line: TextLine) {
        let line = TextLine(text, scale: scale)
        var canvas = Canvas(width: max(1, line.width), height: line.height)
        canvas.write(line, x: 0, y: 0, .white)
        return (canvas, line)
    }

    @Test func everyCharacterDiffersFromTheOthers() {
        let shapes = (32..<127).map { drawn(String(UnicodeScalar($0))).canvas.pixels }
        #expect(Set(shapes).count == 95)
        #expect(shapes[0].allSatisfy { $0 == 0 })
    }

    @Test func whatTheFontHasNotIsABox() {
        #expect(drawn("é").canvas.pixels == drawn("猫").canvas.pixels)
        #expect(drawn("é").canvas.pixels.contains(255))
    }

    @Test func scaleRepeatsPixels() {
        let (small, large) = (drawn("g").canvas, drawn("g", scale: 3).canvas)
        #expect(large.width == 3 * small.width)
        #expect(large.height == 3 * small.height)
        for y in 0..<large.height { for x in 0..<large.width { #expect(large[x, y] == small[x / 3, y / 3]) } }
    }

    @Test func longTextIsCut() {
        let line = TextLine("a rather long label", scale: 2)
        for width in 0...line.width {
            let cut = line.fitted(to: width)
            #expect(cut.width <= max(width, 0))
            if width == line.width { #expect(cut == line) } else { #expect(cut.text.isEmpty || cut.text.hasSuffix("..")) }
        }
    }

    @Test func labelsKeepOffEachOther() {
        var canvas = Canvas(width: 300, height: 200)
        // Two boxes nearly on each other: both labels can be read, so none covers the other.
        let boxes = [Color.sky, .orange].enumerated().map { index, color in
            LabeledBox(area: PixelRect(x: 100 + index, y: 80, width: 60, height: 60), label: "person 0.9\(index)", color: color)
        }
        canvas.draw(boxes)
        let size = TextLine("person 0.90").labelSize
        func count(_ color: Color) -> Int {
            var count = 0
            for y in 0..<200 {
                for x in 0..<300 where abs(Int(canvas[x, y].blue) - Int(Double(color.blue) * 0.85)) < 3 && canvas[x, y] != .black {
                    count += 1
                }
            }
            return count
        }
        for color in [Color.sky, .orange] { #expect(count(color) > size.width * size.height / 2) }
    }
}
