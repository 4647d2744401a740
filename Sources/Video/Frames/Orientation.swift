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
        (self.transposed, self.flipsX, self.flipsY) = (transposed, flipsX, flipsY)
    }

    /// From the 3×3 display matrix of a container or picture; `nil` without one. Angles between the quarter turns go to the nearest.
    ///
    /// The matrix maps coded (x, y) to display (a·x + c·y, b·x + d·y), as ISO 14496-12 and libavutil/display.h have it.
    init?(displayMatrix bytes: UnsafePointer<UInt8>?, size: Int?) {
        guard let bytes, let size, size >= 36 else { return nil }
        let m = UnsafeRawPointer(bytes)
        func element(_ index: Int) -> Int64 { Int64(m.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)) }
        let (a, b, c, d) = (element(0), element(1), element(3), element(4))
        if abs(a) + abs(d) >= abs(b) + abs(c) {
            self.init(transposed: false, flipsX: a < 0, flipsY: d < 0)
        } else {
            // Display x grows with c·y and display y with b·x.
            self.init(transposed: true, flipsX: b < 0, flipsY: c < 0)
        }
    }

    /// Clockwise degrees that the coded picture is turned by, after a left-right mirroring if it has one.
    public var rotation: Int {
        switch (transposed, flipsX, flipsY) {
        case (false, false, false), (false, true, false): 0
        case (false, true, true), (false, false, true): 180
        // u reads y backwards: the coded bottom row is shown as the left column.
        case (true, false, true), (true, true, true): 90
        case (true, true, false), (true, false, false): 270
        }
    }

    /// Maps a coded point to the display, both in pixels of a picture whose coded size is given.
    func display(x: Int, y: Int, codedWidth: Int, codedHeight: Int) -> (x: Int, y: Int) {
        let px = flipsX ? codedWidth - 1 - x : x
        let py = flipsY ? codedHeight - 1 - y : y
        return transposed ? (py, px) : (px, py)
    }
}
