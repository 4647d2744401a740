import Video
import Vision

/// What a model says of each place of a frame, as a gray picture of the map's own size.
package enum MapImage {
    package static func name(_ frame: Int) -> String { "frame-\(Format.padded(frame, 6)).png" }

    /// A semantic map's class ids, or depths from the least, 0, to the greatest, 65,535. Nil for other answers.
    package static func png(_ answer: HeadResult) throws(VideoError) -> [UInt8]? {
        switch answer {
        case .semantic(let map): return try png(map.classes) { $0 }
        case .depth(let map):
            let range = map.greatest - map.least
            return try png(map.depths) { range > 0 && range.isFinite ? UInt16((($0 - map.least) / range * 65535).rounded()) : 0 }
        default: return nil
        }
    }

    private static func png<Value>(_ map: PixelMap<Value>, _ gray: (Value) -> UInt16) throws(VideoError) -> [UInt8] {
        try StillImage.png(gray: map.values.map(gray), width: map.columns, height: map.rows)
    }
}
