/// Colors of objects in a picture.
enum Palette {
    /// Bright, with neighbors far apart, so that the first few classes of a model can be told apart at a glance; none of them is so near to
    /// white or gray that it is lost on a road or wall.
    static let colors: [Color] = [
        Color(255, 196, 0), Color(60, 180, 255), Color(255, 99, 88), Color(70, 220, 130), Color(214, 120, 255), Color(255, 150, 40),
        Color(0, 214, 214), Color(255, 120, 190), Color(180, 220, 50), Color(130, 150, 255), Color(206, 132, 70), Color(120, 90, 255),
        Color(0, 150, 110), Color(230, 40, 140), Color(150, 160, 20), Color(200, 60, 40),
    ]

    /// Of what has no track where others have one.
    static let loose = Color(190, 200, 205)

    static func color(_ number: Int) -> Color {
        let remainder = number % colors.count
        return colors[remainder < 0 ? remainder + colors.count : remainder]
    }
}

/// Colors of tracks: the same from frame to frame, and no two in a frame share one as long as there are enough.
struct TrackColors {
    /// By track, the color's number.
    private var numbers: [Int: Int] = [:]
    /// By color, the frame in which it was last needed.
    private var used = [Int](repeating: -1, count: Palette.colors.count)
    private var frame = 0
    /// Tracks are forgotten when there are more than this: they are over.
    private static let mostTracks = 10_000

    /// Takes the tracks of the next frame. A new one gets the color that nobody needed for the longest time.
    mutating func assign(_ tracks: [Int]) {
        frame += 1
        if numbers.count > Self.mostTracks { numbers = numbers.filter { tracks.contains($0.key) } }
        for track in tracks { if let number = numbers[track] { used[number] = frame } }
        for track in tracks.sorted() where numbers[track] == nil {
            let count = Palette.colors.count, first = ((track % count) + count) % count
            // Of equals, the one that its number asks for, so that pictures of one frame look alike.
            let number = (0..<count).map { (first + $0) % count }.min { used[$0] < used[$1] }!
            (numbers[track], used[number]) = (number, frame)
        }
    }

    subscript(track: Int) -> Color { Palette.color(numbers[track] ?? track) }
}
