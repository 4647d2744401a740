import CKernels
import Inference

/// What a layer does with the pixels that its sources' changes touch: the difference between the published methods.
public enum LayerRule: Sendable, Hashable {
    /// Compared with what is stored, and kept as `setTolerance` has it.
    case steered
    /// Compared with what is stored, and kept if a channel moved by more than `tolerance` (CBinfer).
    case compared(tolerance: Float)
    /// Kept without being compared: change spreads by geometry alone (DeepCache, DeepMon). Where more than `share` of the
    /// layer is touched, or a side is no longer than `side` pixels, the whole layer is computed; the touched pixels alone
    /// still count as changed.
    case kept(unlessAbove: Double, orSide: Int)
    /// The whole layer is computed whenever anything changed; the touched pixels alone count as changed.
    case recomputed
    /// The whole layer is computed, and counts as changed: nothing is reused here.
    case dense
}

extension IncrementalSession {
    /// What a rule may depend on.
    public struct LayerTraits: Sendable {
        /// Whether it is a convolution or a matrix product.
        public let isConvolution: Bool
        /// How many of those run before it.
        public let convolutionsBefore: Int
        /// Whether a convolution with a window of more than one pixel reads it.
        public let isReadByWindows: Bool
    }

    /// Sets the rule of every layer that runs on images.
    public func setRules(_ rule: (_ layer: Int, _ traits: LayerTraits) -> LayerRule) {
        var convolutions = 0
        let windowed = plan.windowReadBuffers
        for case (let index, .spatial(let step)) in zip(plan.steps.indices, plan.steps) {
            let traits = LayerTraits(
                isConvolution: step.macs > 0, convolutionsBefore: convolutions,
                isReadByWindows: windowed.contains(step.destination.buffer))
            rules[index] = rule(index, traits)
            if step.macs > 0 { convolutions += 1 }
        }
    }

    /// Convolutions and matrix products of the plan.
    public var convolutionCount: Int { plan.layers.count { $0.macs > 0 } }

    /// Root mean square of a layer's stored activations; of the picture itself for nil.
    public func rootMeanSquare(of layer: Int?) -> Float {
        guard let layer else { return dense.memory.rootMeanSquare(input) }
        guard case .spatial(let step) = plan.steps[layer] else { return 0 }
        return dense.memory.rootMeanSquare(step.destination)
    }

    /// Whether the rule wants the whole layer computed.
    func computesWhole(_ rule: LayerRule, _ touched: ChangeMask) -> Bool {
        switch rule {
        case .steered, .compared: false
        case .kept(let share, let side):
            min(touched.height, touched.width) <= side || Double(touched.count) > share * Double(touched.height * touched.width)
        case .recomputed, .dense: true
        }
    }
}

extension Plan {
    /// Buffers that a kernel reads.
    var readBuffers: Set<Int> { buffersRead { _, _ in true } }
    /// Buffers of which a convolution with a window of more than one pixel reads.
    var windowReadBuffers: Set<Int> {
        buffersRead { step, field in
            if case .window(let w) = field { step.macs > 0 && (w.extentX > 1 || w.extentY > 1) } else { false }
        }
    }

    private func buffersRead(_ counts: (SpatialStep, ReceptiveField) -> Bool) -> Set<Int> {
        var buffers: Set<Int> = []
        for case .spatial(let step) in steps {
            for (source, field) in zip(step.sources, step.fields) where counts(step, field) { buffers.insert(source.buffer) }
        }
        return buffers
    }
}

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

extension IncrementalSession {
    /// Of a step in the last run: pixels that a change reached and that count as changed, and the runs of the former.
    package func counts(of step: Int) -> (touched: Int, changed: Int, spans: Int) {
        var spans: [dv_span] = []
        steps[step].touched?.appendSpans(to: &spans)
        return (steps[step].touched?.count ?? 0, steps[step].changed?.count ?? 0, spans.count)
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
