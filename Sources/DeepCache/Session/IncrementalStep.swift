import Inference

/// What a plan's step needs besides its kernel to run incrementally: whose changes it sees, and its own.
final class IncrementalStep {
    struct Source {
        let mask: ChangeMask
        let field: ReceptiveField
    }

    let spatial: SpatialStep?
    let sources: [Source]
    /// Pixels that changed in this frame; consumers read it.
    let changed: ChangeMask?
    /// Pixels that the sources' changes reach.
    let touched: ChangeMask?
    /// Whether small changes may be dropped here.
    let truncates: Bool
    /// Row-major steps run at least once.
    var hasRun = false
    /// Whether runs that ended before this step have left it changes to take in: in `touched`, for steps with kernels.
    var hasPendingUpdate = false

    private init(spatial: SpatialStep? = nil, sources: [Source] = [], destination: SpatialRef? = nil, truncates: Bool = false) {
        (self.spatial, self.sources, self.truncates) = (spatial, sources, truncates)
        changed = destination.map { ChangeMask(height: $0.height, width: $0.width) }
        touched = spatial.map { ChangeMask(height: $0.destination.height, width: $0.destination.width) }
    }

    /// Whether every pixel depends on the same pixel of each source only.
    var isPointwise: Bool {
        sources.allSatisfy { source in
            switch source.field {
            case .pixel: true
            case .window(let w): w.extentX == 1 && w.extentY == 1 && w.strideX == 1 && w.strideY == 1
            case .table, .whole: false
            }
        }
    }

    /// One a plan's step. A buffer may be written by several steps (concatenations), each its own channels; a reader
    /// sees the masks of all whose channels it reads.
    static func make(_ plan: Plan, input: SpatialRef, inputMask: ChangeMask) -> [IncrementalStep] {
        var writers: [Int: [(channels: Range<Int>, mask: ChangeMask)]] = [
            input.buffer: [(input.channelOffset..<input.channelOffset + input.channels, inputMask)]
        ]
        func seen(_ reference: SpatialRef, _ field: ReceptiveField) -> [Source] {
            let wanted = reference.channelOffset..<reference.channelOffset + reference.channels
            return (writers[reference.buffer] ?? []).filter { $0.channels.overlaps(wanted) }.map { Source(mask: $0.mask, field: field) }
        }
        let readers = readCounts(plan)
        return plan.steps.map { step in
            let made: IncrementalStep
            switch step {
            case .spatial(let spatial):
                let sources = zip(spatial.sources, spatial.fields).flatMap { seen($0, $1) }
                made = IncrementalStep(
                    spatial: spatial, sources: sources, destination: spatial.destination,
                    truncates: spatial.kernel.changesValues && readers[spatial.destination.buffer] ?? 0 > 0)
                register(spatial.destination, made)
            case .toRowMajor(let copy): made = IncrementalStep(sources: seen(copy.source, .pixel))
            case .toSpatial(_, let destination):
                made = IncrementalStep(destination: destination)
                register(destination, made)
            case .rowMajor: made = IncrementalStep()
            }
            return made
        }
        func register(_ reference: SpatialRef, _ step: IncrementalStep) {
            writers[reference.buffer, default: []].append(
                (reference.channelOffset..<reference.channelOffset + reference.channels, step.changed!))
        }
    }

    /// How many NHWC steps read each buffer.
    private static func readCounts(_ plan: Plan) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for case .spatial(let step) in plan.steps { for source in step.sources { counts[source.buffer, default: 0] += 1 } }
        return counts
    }
}
