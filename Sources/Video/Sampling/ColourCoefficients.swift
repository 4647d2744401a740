/// A matrix and range as the kernel's fixed-point numbers, in 1/8192.
struct ColourCoefficients: Hashable {
    var y: Int16 = 8192
    var rv: Int16 = 0
    var gu: Int16 = 0
    var gv: Int16 = 0
    var bu: Int16 = 0
    /// Added to red and blue, in 1/2²⁰ levels: black's level taken away, and one half for rounding.
    var offset: Int32 = 1 << 19
    var greenOffset: Int32 = 1 << 19

    init(matrix: ColourMatrix, range: ColourRange, isGrey: Bool) {
        let (red, blue) = matrix.luma
        let green = 1 - red - blue
        let isLimited = range == .limited
        func fixed(_ value: Double) -> Int16 { Int16((value * 8192).rounded()) }
        y = fixed(isLimited ? 255.0 / 219 : 1)
        if isLimited { offset -= Int32(y) * 16 * 128 }
        greenOffset = offset
        if isGrey { return }
        // swscale's converter cuts each product off instead of rounding it: half a level a product in the mean.
        // The same mean keeps answers equal to those of programs that use it.
        let products: Int32 = isLimited ? 2 : 1
        offset -= products << 19
        greenOffset -= (products + 1) << 19
        let chroma = isLimited ? 255.0 / 224 : 1
        rv = fixed(2 * (1 - red) * chroma)
        bu = fixed(2 * (1 - blue) * chroma)
        gu = fixed(-2 * blue * (1 - blue) / green * chroma)
        gv = fixed(-2 * red * (1 - red) / green * chroma)
    }
}
