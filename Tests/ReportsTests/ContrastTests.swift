import Foundation
import Testing

@testable import Reports

/// The colors of the page, by the contrast that WCAG defines: text 4.5 and more, what is drawn 3 and more, by day and by night.
@Suite struct ContrastTests {
    private func colors(dark: Bool) throws -> [String: Color] {
        let text = ReportContent.style.text
        let blocks = text.matches(of: /:root\{([^}]*)\}/).map { String($0.output.1) }
        try #require(blocks.count == 2)
        var colors: [String: Color] = [:]
        // At night, those that are not said again stay.
        for block in blocks.prefix(dark ? 2 : 1) {
            for match in block.matches(of: /--([a-z0-9]+):#([0-9a-f]{3,6})/) {
                let digits = match.output.2.count == 3 ? match.output.2.map { "\($0)\($0)" }.joined() : String(match.output.2)
                let value = try #require(Int(digits, radix: 16))
                colors[String(match.output.1)] = Color(UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255))
            }
        }
        return colors
    }

    private func luminance(_ color: Color) -> Double {
        zip([color.red, color.green, color.blue], [0.2126, 0.7152, 0.0722]).reduce(0) { sum, part in
            let share = Double(part.0) / 255
            return sum + part.1 * (share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4))
        }
    }

    private func contrast(_ a: Color, _ b: Color) -> Double {
        let (a, b) = (luminance(a), luminance(b))
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    @Test func knownContrasts() {
        #expect(abs(contrast(.black, .white) - 21) < 0.01)
        #expect(abs(contrast(Color(118, 118, 118), .white) - 4.54) < 0.01)
    }

    @Test(arguments: [false, true])
    func textCanBeRead(dark: Bool) throws {
        let colors = try colors(dark: dark)
        for (text, ground) in [
            ("ink", "bg"), ("ink", "card"), ("soft", "bg"), ("soft", "card"), ("link", "card"), ("good", "goodbg"), ("warn", "warnbg"),
            ("bad", "badbg"), ("c1", "card"), ("c2", "card"), ("c3", "card"),
        ] {
            let found = contrast(try #require(colors[text]), try #require(colors[ground]))
            #expect(found >= (text.hasPrefix("c") ? 3 : 4.5), "\(text) on \(ground): \(found)")
        }
    }

    @Test(arguments: [false, true])
    func whatIsDrawnCanBeSeen(dark: Bool) throws {
        let colors = try colors(dark: dark)
        for (line, ground) in (0..<8).map({ ("k\($0)", "row") }) + [("edge", "card")] {
            let found = contrast(try #require(colors[line]), try #require(colors[ground]))
            #expect(found >= 3, "\(line) on \(ground): \(found)")
        }
    }
}
