import Inference

/// Which pixels of one layer the last frame computed again.
package struct RecomputedLayer {
    package let layer: LayerSummary
    /// The session's own mask: it holds until the next frame.
    package let pixels: ChangeMask
}

extension IncrementalSession {
    /// The layers with kernels, in the order they run; for pictures of what is reused. After a refresh, all of each.
    package var recomputedLayers: [RecomputedLayer] {
        zip(plan.layers, steps).compactMap { layer, step in step.touched.map { RecomputedLayer(layer: layer, pixels: $0) } }
    }
}

extension Match {
    /// What changed, as a mask over a picture of the given size.
    package func mask(width: Int, height: Int) -> ChangeMask {
        let mask = ChangeMask(height: height, width: width)
        for span in changed { mask.mark(rows: Int(span.row)..<Int(span.row) + 1, columns: Int(span.begin)..<Int(span.end)) }
        return mask
    }
}
