import CFFmpeg

/// How a coded picture is turned to be shown: one of the eight ways to lay a rectangle on itself.
///
/// A display pixel (u, v) is read from the coded picture of `width`×`height` at
/// - not transposed: x = flipsX ? width−1−u : u, y = flipsY ? height−1−v : v;
/// - transposed:     x = flipsX ? width−1−v : v, y = flipsY ? height−1−u : u.
public struct Orientation: Sendable, Hashable {
    /// Rows become columns; display width is coded height.
    public let transposed: Bool
    /// The coded x axis is read backwards.
    public let flipsX: Bool
    /// The coded y axis is read backwards.
    public let flipsY: Bool

    public static let identity = Orientation(transposed: false, flipsX: false, flipsY: false)

    public init(transposed: Bool, flipsX: Bool, flipsY: Bool) {
        self.transposed = transposed
        self.flipsX = flipsX
        self.flipsY = flipsY
    }

    /// From a container's 3×3 display matrix. Angles between the quarter turns go to the nearest.
    ///
    /// The matrix maps coded (x, y) to display (a·x + c·y, b·x + d·y), as ISO 14496-12 and libavutil/display.h have it.
    init(displayMatrix m: UnsafePointer<Int32>) {
        let (a, b, c, d) = (Int64(m[0]), Int64(m[1]), Int64(m[3]), Int64(m[4]))
        if abs(a) + abs(d) >= abs(b) + abs(c) {
            self.init(transposed: false, flipsX: a < 0, flipsY: d < 0)
        } else {
            // Display x grows with c·y and display y with b·x.
            self.init(transposed: true, flipsX: b < 0, flipsY: c < 0)
        }
    }

    /// Clockwise degrees that the coded picture is turned by, after a left-right mirroring if ``isMirrored``.
    public var rotation: Int {
        switch (transposed, flipsX, flipsY) {
        case (false, false, false), (false, true, false): 0
        case (false, true, true), (false, false, true): 180
        // u reads y backwards: the coded bottom row is shown as the left column.
        case (true, false, true), (true, true, true): 90
        case (true, true, false), (true, false, false): 270
        }
    }

    /// Whether the picture is also mirrored.
    public var isMirrored: Bool { flipsX != flipsY ? !transposed : transposed }

    /// Maps a coded point to the display, both in pixels of a picture whose coded size is given.
    func display(x: Int, y: Int, codedWidth: Int, codedHeight: Int) -> (x: Int, y: Int) {
        let px = flipsX ? codedWidth - 1 - x : x
        let py = flipsY ? codedHeight - 1 - y : y
        return transposed ? (py, px) : (px, py)
    }
}
