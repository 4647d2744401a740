import Vision

/// A line of text in the built-in font. One pixel of the font is `scale` pixels of the image.
struct TextLine: Sendable, Hashable {
    var text: String
    var scale: Int

    init(_ text: String, scale: Int = 1) { (self.text, self.scale) = (text, scale) }

    /// Without space around it.
    var width: Int { text.isEmpty ? 0 : (text.count * Font.advance - (Font.advance - Font.width)) * scale }
    /// From the top of a capital to the bottom of a `g`.
    var height: Int { Font.height * scale }

    /// Size of the filled rectangle that ``DrawingSurface/label(_:x:y:_:text:opacity:)`` draws.
    var labelSize: (width: Int, height: Int) { (width + 4 * scale, height + 3 * scale) }

    /// The text, cut with `..` where it is wider than `width`.
    func fitted(to width: Int) -> TextLine {
        guard self.width > width else { return self }
        let count = max(0, (width / scale + 1) / Font.advance - 2)
        return TextLine(count == 0 ? "" : String(text.prefix(count)) + "..", scale: scale)
    }
}

extension DrawingSurface {
    mutating func write(_ line: TextLine, x: Int, y: Int, _ color: Color) {
        for (index, character) in line.text.enumerated() {
            let left = x + index * Font.advance * line.scale
            for (row, bits) in Font.rows(of: character).enumerated() {
                for column in 0..<Font.width where bits >> UInt8(Font.width - 1 - column) & 1 != 0 {
                    fill(
                        PixelRect(
                            x: left + column * line.scale, y: y + row * line.scale, width: line.scale, height: line.scale), color)
                }
            }
        }
    }

    /// Writes text on a filled rectangle whose upper left corner is (x, y).
    mutating func label(_ line: TextLine, x: Int, y: Int, _ background: Color, text: Color? = nil, opacity: Double = 0.85) {
        let (size, margin) = (line.labelSize, 2 * line.scale)
        fill(PixelRect(x: x, y: y, width: size.width, height: size.height), background, opacity: opacity)
        write(line, x: x + margin, y: y + margin, text ?? background.contrast)
    }
}

/// A small bitmap font for printable ASCII, drawn for this project: 5 pixels wide, 7 above the base line and 2 below.
enum Font {
    static let width = 5
    static let height = 9
    /// From one character to the next.
    static let advance = 6

    /// A glyph's rows from the top; bit 4 is the leftmost pixel. What the font does not have is a box.
    static func rows(of character: Character) -> ArraySlice<UInt8> {
        let code = character.asciiValue.map(Int.init).flatMap { (32..<127).contains($0) ? $0 : nil } ?? 127
        return glyphs[(code - 32) * height..<(code - 31) * height]
    }

    /// Space to tilde, then the box: a word a glyph, a base-32 digit a row.
    private static let glyphs: [UInt8] = """
        000000000 444440400 aaa000000 0avava000 4fke5u400 op248j300 cik8lid00 444000000
        248884200 842224800 04lel4000 044v44000 00000c480 000v00000 00000cc00 11248gg00
        ehjlphe00 4c4444e00 eh1248v00 v2421he00 26aiv2200 vgu11he00 68guhhe00 v12488800
        ehhehhe00 ehhf12c00 0cc0cc000 0cc0c4800 248g84200 00v0v0000 842124800 eh1240400
        ehnlngf00 ehhvhhh00 uhhuhhu00 ehggghe00 sihhhis00 vgguggv00 vgguggg00 ehgnhhf00
        hhhvhhh00 e44444e00 72222ic00 hikokih00 ggggggv00 hrllhhh00 hhpljhh00 ehhhhhe00
        uhhuggg00 ehhhlid00 uhhukih00 fgge11u00 v44444400 hhhhhhe00 hhhhha400 hhhllrh00
        hha4ahh00 hha444400 v1248gv00 e88888e00 gg8421100 e22222e00 4ah000000 0000000v0
        842000000 00e1fhf00 gguhhhu00 00egghe00 11fhhhf00 00ehvge00 698s88800 00fhhhf1e
        ggmphhh00 40c444e00 2062222ic ggikoki00 c44444e00 00qllll00 00mphhh00 00ehhhe00
        00uhhhugg 00fhhhf11 00mpggg00 00fge1u00 88s889600 00hhhjd00 00hhha400 00hhlla00
        00ha4ah00 00hhhhf1e 00v248v00 244844200 444444400 844244800 008l20000 vhhhhhv00
        """.utf8.compactMap { digit in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "v"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
}
