import CFFmpeg

/// One block's motion as the codec stored it, in display coordinates.
///
/// The block at `dst` was predicted from the one at `src`; both points are block centres, in pixels.
public struct MotionVector: Sendable, Hashable {
    /// Which reference: negative for a past picture, positive for a future one. FFmpeg does not say how far away.
    public let source: Int
    /// The block's size in pixels.
    public let width: Int
    public let height: Int
    public let srcX: Int
    public let srcY: Int
    public let dstX: Int
    public let dstY: Int
    /// The displacement src − dst in 1/``motionScale`` pixels (finer than the rounded points).
    public let motionX: Int
    public let motionY: Int
    public let motionScale: Int

    init(_ v: AVMotionVector, orientation: Orientation, codedWidth: Int, codedHeight: Int) {
        let src = orientation.display(
            x: Int(v.src_x), y: Int(v.src_y), codedWidth: codedWidth, codedHeight: codedHeight)
        let dst = orientation.display(
            x: Int(v.dst_x), y: Int(v.dst_y), codedWidth: codedWidth, codedHeight: codedHeight)
        let mx = orientation.flipsX ? -Int(v.motion_x) : Int(v.motion_x)
        let my = orientation.flipsY ? -Int(v.motion_y) : Int(v.motion_y)
        source = Int(v.source)
        width = Int(orientation.transposed ? v.h : v.w)
        height = Int(orientation.transposed ? v.w : v.h)
        (srcX, srcY) = src
        (dstX, dstY) = dst
        (motionX, motionY) = orientation.transposed ? (my, mx) : (mx, my)
        motionScale = Int(v.motion_scale)
    }
}
