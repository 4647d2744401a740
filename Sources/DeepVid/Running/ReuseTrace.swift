import DeepCache
import Vision

/// What one frame's reuse came to, place by place: for pictures. Cheap to take, for nothing is copied.
struct ReuseTrace {
    /// Nil when the frame was not compared with an earlier one.
    let match: Match?
    let placement: Placement
    /// Its masks are this frame's until the next one.
    let session: IncrementalSession

    /// Which pixels of the model's input changed; nil when nothing was compared.
    var changed: ChangeMask? { match?.mask(width: placement.modelWidth, height: placement.modelHeight) }
}
