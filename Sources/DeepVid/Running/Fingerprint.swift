import Models
import Video

extension Frame {
    /// A hash of the picture, the same in every process: tells whether a frame was decoded to the same picture as before.
    ///
    /// - Complexity: constant; takes in 128 × 128 samples.
    func fingerprint() throws(DeepVidError) -> UInt64 {
        let side = 128
        var pixels = [UInt8](repeating: 0, count: 3 * side * side)
        var failure: VideoError?
        pixels.withUnsafeMutableBufferPointer { pixels in
            do throws(VideoError) { try PixelSampler(width: side, height: side).sample(self, into: pixels) } catch { failure = error }
        }
        if let failure { throw DeepVidError(failure) }
        // FNV-1a.
        return pixels.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
