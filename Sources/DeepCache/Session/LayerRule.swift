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
        let windowed = windowReadBuffers
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
        guard let layer else { return memory.rootMeanSquare(input) }
        guard case .spatial(let step) = plan.steps[layer] else { return 0 }
        return memory.rootMeanSquare(step.destination)
    }

    var windowReadBuffers: Set<Int> {
        var buffers: Set<Int> = []
        for case .spatial(let step) in plan.steps where step.macs > 0 {
            for (source, reach) in zip(step.sources, step.reaches) {
                if case .window(let w) = reach, w.extentX > 1 || w.extentY > 1 { buffers.insert(source.buffer) }
            }
        }
        return buffers
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
