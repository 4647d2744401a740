/// 8-bit red, green and blue.
public struct Colour: Sendable, Hashable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

    public static let black = Colour(0, 0, 0)
    public static let white = Colour(255, 255, 255)
    // Apart from each other for people who do not tell red from green, too.
    public static let sky = Colour(64, 190, 255)
    public static let orange = Colour(255, 150, 30)
    public static let yellow = Colour(255, 232, 64)

    /// From 0, yellow, to 1, a deep red.
    public static func heat(_ share: Double) -> Colour {
        let share = Swift.min(1, Swift.max(0, share))
        return Colour(UInt8(255 - 35 * share), UInt8(225 * (1 - share) + 20 * share), UInt8(70 * (1 - share) + 40 * share))
    }

    /// Black or white, whichever reads better on this colour.
    public var contrast: Colour { 299 * Int(red) + 587 * Int(green) + 114 * Int(blue) > 128_000 ? .black : .white }
}
