import Inference

/// How much of one layer the updates of a session computed and wrote.
public struct LayerReuse {
    public let layer: LayerSummary
    /// Pixels that a change reached, and were computed.
    public internal(set) var computed = 0
    /// Pixels that moved by more than the layer's tolerance, and were written.
    public internal(set) var written = 0
}
