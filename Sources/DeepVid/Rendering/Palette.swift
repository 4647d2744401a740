import Pictures
import Results

/// Colours of objects: of a class, or of a track where there is one, the same from frame to frame.
enum Palette {
    // Bright, and neighbours far apart, so that the first few classes of a model are told apart at a glance.
    private static let colours: [Colour] = [
        Colour(255, 196, 0), Colour(60, 180, 255), Colour(255, 99, 88), Colour(70, 220, 130), Colour(214, 120, 255), Colour(255, 150, 40),
        Colour(0, 214, 214), Colour(255, 120, 190), Colour(180, 220, 50), Colour(130, 150, 255), Colour(230, 180, 130),
        Colour(240, 240, 240),
    ]

    static func colour(of object: DetectedObject) -> Colour { colour(object.trackID ?? object.classID) }

    static func colour(_ number: Int) -> Colour {
        let remainder = number % colours.count
        return colours[remainder < 0 ? remainder + colours.count : remainder]
    }
}
