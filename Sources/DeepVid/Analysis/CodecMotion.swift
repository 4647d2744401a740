import DeepCache
import Models
import Video
import Vision

/// What a codec's motion vectors say about how the whole picture moved since the last frame.
///
/// A vector names no picture but "a past one" or "a future one". The last frame shown is meant for certain enough only in P
/// pictures that directly follow an I or P picture, so the others give nothing: B pictures, P pictures after them, and
/// frames whose predecessor was left out by `--every` or `--fps`. With several reference pictures a vector may still point
/// further back. All that comes of a wrong candidate is the time to compare it with pixels.
struct CodecMotion {
    private var last: (index: Int, type: Character)?

    /// More would cost more to try than they are worth.
    private static let count = 2

    /// The displacements that most of the picture's area has, in model pixels, the largest first; empty if there are none.
    mutating func candidates(of frame: Frame, _ placement: Placement) -> [Motion] {
        let type = frame.pictureType
        defer { last = (frame.index, type) }
        guard let last, last.index == frame.index - 1, type == "P", last.type == "I" || last.type == "P", !frame.isInterlaced else {
            return []
        }
        return Self.candidates(of: frame.motionVectors, placement)
    }

    static func candidates(of vectors: [MotionVector], _ placement: Placement) -> [Motion] {
        var areas: [Motion: Int] = [:]
        for vector in vectors where vector.source < 0 && vector.motionScale > 0 {
            let scale = Double(vector.motionScale)
            let x = Double(vector.motionX) / scale / placement.horizontalScale, y = Double(vector.motionY) / scale / placement.verticalScale
            areas[Motion(x: Int(x.rounded()), y: Int(y.rounded())), default: 0] += vector.width * vector.height
        }
        // By place where areas are equal, so that every run is the same.
        let sorted = areas.sorted { ($0.value, $0.key.x, $0.key.y) > ($1.value, $1.key.x, $1.key.y) }
        return sorted.prefix(count).map(\.key)
    }
}

extension ReuseOptions {
    /// Whether the decoder is to be asked for motion vectors.
    var wantsMotionVectors: Bool { policy == .deepcache && deepCache.hints != .off }

    /// - Throws: when an input that can be decoded cannot be used as asked.
    func check(_ info: StreamInfo, _ source: String) throws(DeepVidError) {
        guard policy == .deepcache, deepCache.hints == .on, !info.hasMotionVectors else { return }
        throw DeepVidError(
            .unsupported,
            "\(source): FFmpeg gives no motion vectors for \(info.codec): leave motion-vectors=on out, or convert the video, for example to H.264"
        )
    }
}
