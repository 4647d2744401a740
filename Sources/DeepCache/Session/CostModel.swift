import Inference

/// What an update takes, in counted work: what it is weighed by against computing everything.
///
/// The figures are a least-squares fit of milliseconds over 1,300 frames of five detectors and three clips (AVX-512, one
/// thread; 7 to 12 % mean error per model), in units of one multiply-accumulate. Counted and not timed, so that the same
/// clip gives the same records on every machine.
struct CostModel {
    var macs = 0
    /// Values of activations computed.
    var values = 0
    var spans = 0
    /// Layers in which anything was computed.
    var layers = 0

    init() {}

    /// Of computing every pixel of a plan.
    init(computing plan: Plan) {
        macs = plan.macs
        for case .spatial(let step) in plan.steps {
            values += step.destination.height * step.destination.width * step.destination.channels
            layers += 1
        }
    }

    mutating func add(pixels: Int, of step: SpatialStep, spans: Int) {
        let d = step.destination
        macs += step.macs / max(1, d.height * d.width) * pixels
        values += pixels * d.channels
        self.spans += spans
        layers += 1
    }

    /// Whether it is cheaper to compute a whole layer than many short spans of it.
    static func isWholeCheaper(_ step: SpatialStep, pixels: Int, spans: Int) -> Bool {
        let d = step.destination
        guard pixels < d.height * d.width else { return false }
        var sparse = CostModel(), whole = CostModel()
        sparse.add(pixels: pixels, of: step, spans: spans)
        whole.add(pixels: d.height * d.width, of: step, spans: d.height)
        return whole.sparseCost < sparse.sparseCost
    }

    /// Preparation, head and records, which every frame has.
    private static let frame = 40e6

    /// Of an update: values are compared and come from memory rather than from the cache.
    var sparseCost: Double { Self.frame + Double(macs) + 36 * Double(values) + 31e3 * Double(spans) + 33e3 * Double(layers) }
    var denseCost: Double { Self.frame + Double(macs) + 26 * Double(values) + 26e3 * Double(layers) }
}
