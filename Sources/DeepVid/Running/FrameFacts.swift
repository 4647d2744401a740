import Video

/// What records say of a frame besides its answer: all that is kept of it once its pixels are let go.
package struct FrameFacts: Sendable {
    let index: Int
    let ptsSeconds: Double?
    let decodeMilliseconds: Double
    /// As shown.
    let width: Int
    let height: Int

    package init(_ frame: Frame) {
        (index, ptsSeconds, decodeMilliseconds) = (frame.index, frame.ptsSeconds, frame.decodeMilliseconds)
        (width, height) = (frame.width, frame.height)
    }
}
