extension Canvas {
    /// Darkens what is not marked and draws the marks' outline.
    ///
    /// - Parameter isMarked: asked once for every pixel of the picture.
    public mutating func spotlight(_ colour: Colour, dimming: Double = 0.5, thickness: Int = 1, _ isMarked: (_ x: Int, _ y: Int) -> Bool) {
        var marks = [Bool](repeating: false, count: width * height)
        for y in 0..<height { for x in 0..<width { marks[y * width + x] = isMarked(x, y) } }
        for y in 0..<height {
            for x in 0..<width {
                guard marks[y * width + x] else {
                    blend(x, y, .black, dimming)
                    continue
                }
                let reach = thickness
                let isEdge =
                    (x >= reach && !marks[y * width + x - reach]) || (x + reach < width && !marks[y * width + x + reach])
                    || (y >= reach && !marks[(y - reach) * width + x]) || (y + reach < height && !marks[(y + reach) * width + x])
                if isEdge { blend(x, y, colour, 0.8) }
            }
        }
    }

    /// Tints the picture by a share of 0…1 at every pixel; nothing where it is 0.
    public mutating func tint(opacity: Double = 0.6, _ share: (_ x: Int, _ y: Int) -> Double) {
        for y in 0..<height {
            for x in 0..<width {
                let value = share(x, y)
                if value > 0 { blend(x, y, .heat(value), opacity) }
            }
        }
    }
}
