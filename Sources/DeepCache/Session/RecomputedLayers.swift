import Inference

/// Which pixels of one layer the last frame computed again.
package struct RecomputedLayer {
    package let layer: LayerSummary
    /// Pixels that a change reached. The session's own mask: it holds until the next frame.
    package let touched: ChangeMask
    /// Whether the layer's rule had all of it computed.
    package let isWhole: Bool

    /// Computed pixels.
    package var count: Int { isWhole ? touched.height * touched.width : touched.count }
    package subscript(y: Int, x: Int) -> Bool { isWhole || touched[y, x] }
}

extension IncrementalSession {
    /// The layers with kernels, in the order they run; for pictures of what is reused. After a refresh, all of each.
    package var recomputedLayers: [RecomputedLayer] {
        zip(plan.layers, steps).enumerated().compactMap { index, pair in
            guard let touched = pair.1.touched else { return nil }
            return RecomputedLayer(layer: pair.0, touched: touched, isWhole: !touched.isEmpty && computesWhole(rules[index], touched))
        }
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
