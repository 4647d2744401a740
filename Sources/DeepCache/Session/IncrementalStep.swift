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
    /// Whether nothing reaches further than its own pixel here, and readers see no further either.
    let isLocal: Bool
    /// Whether there are changes to take in that runs which ended before this step have left it: in `touched`, for steps with kernels. The
    /// others run at least once.
    var hasPendingUpdate: Bool

    private init(
        _ sources: [Source], spatial: SpatialStep? = nil, destination: SpatialRef? = nil, truncates: Bool = false, isLocal: Bool = false
    ) {
        (self.spatial, self.sources, self.truncates, self.isLocal) = (spatial, sources, truncates, isLocal)
        hasPendingUpdate = spatial == nil
        changed = destination.map { ChangeMask(height: $0.height, width: $0.width) }
        touched = spatial.map { ChangeMask(height: $0.destination.height, width: $0.destination.width) }
    }

    var seesMotion: Bool { sources.contains { $0.mask.motion != .none } }

    /// One a plan's step. A buffer may be written by several steps (concatenations), each its own channels; a reader
    /// sees the masks of all whose channels it reads.
    static func make(_ plan: Plan, input: SpatialRef, inputMask: ChangeMask) -> [IncrementalStep] {
        var writers: [Int: [(channels: Range<Int>, mask: ChangeMask)]] = [input.buffer: [(input.channelRange, inputMask)]]
        func seen(_ reference: SpatialRef, _ field: ReceptiveField) -> [Source] {
            (writers[reference.buffer] ?? []).filter { $0.channels.overlaps(reference.channelRange) }
                .map { Source(mask: $0.mask, field: field) }
        }
        let read = plan.readBuffers, windowed = plan.windowReadBuffers
        return plan.steps.map { step in
            switch step {
            case .spatial(let spatial):
                let sources = zip(spatial.sources, spatial.fields).flatMap { seen($0, $1) }, buffer = spatial.destination.buffer
                let isLocal = sources.allSatisfy { $0.field.isPointwise } && !windowed.contains(buffer)
                return register(
                    IncrementalStep(
                        sources, spatial: spatial, destination: spatial.destination,
                        truncates: spatial.kernel.changesValues && read.contains(buffer), isLocal: isLocal), spatial.destination)
            case .toRowMajor(let copy): return IncrementalStep(seen(copy.source, .pixel))
            case .toSpatial(let copy):
                let truncates = copy.isByPixel && read.contains(copy.destination.buffer)
                return register(IncrementalStep([], destination: copy.destination, truncates: truncates), copy.destination)
            case .rowMajor: return IncrementalStep([])
            }
        }
        func register(_ step: IncrementalStep, _ reference: SpatialRef) -> IncrementalStep {
            writers[reference.buffer, default: []].append((reference.channelRange, step.changed!))
            return step
        }
    }
}

extension ReceptiveField {
    /// Whether every pixel depends on the same pixel of the source only.
    var isPointwise: Bool {
        switch self {
        case .pixel: true
        case .window(let w): w.extentX == 1 && w.extentY == 1 && w.strideX == 1 && w.strideY == 1
        case .table, .whole: false
        }
    }
}
