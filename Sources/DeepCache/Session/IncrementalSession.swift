import CKernels
import Glibc
import Inference
import Tensors

/// Runs a plan on a stream of pictures, recomputing only what a changed pixel reaches.
///
/// The persistent activations are the cache. Every layer takes the pixels its sources' masks reach, computes them
/// beside the stored ones, and keeps those whose change is worth more at the outputs than the tolerance (`Sensitivity`,
/// `ToleranceMap`); what was not written stays true for everything downstream, so each layer's error stays within its own
/// tolerance and never adds up over frames (change truncation). With tolerance 0 the result equals a dense run bit for bit.
public final class IncrementalSession {
    let dense: Session
    public var plan: Plan { dense.plan }
    let steps: [IncrementalStep]
    let input: SpatialRef
    private let inputMask: ChangeMask
    private let scratch: [Scratch]
    private var slotChanged: [Bool]
    private var spans: [dv_span] = []
    /// How the tolerance varies over the picture.
    public let map: ToleranceMap
    private var tolerance: Float = 0
    private var sensitivity: Sensitivity?
    private let cells: [CellTable?]
    /// What the picture itself does: with `.recomputed` all of it is taken in at every update, so that what is computed
    /// anew sees the current pixels around it; else only what changed.
    public var inputRule = LayerRule.steered
    /// One a step.
    var rules: [LayerRule]
    private var work = CostModel()
    private let denseCost: Double
    /// What the last update cost, in units of computing the plan densely: by the cost model, not by the clock.
    public var cost: Double { work.sparseCost / denseCost }
    /// Whether everything is computed and written without being compared.
    private(set) var isRefreshing = false
    /// The masks of all that write to a buffer.
    private(set) lazy var writers: [Int: [ChangeMask]] = steps.reduce(into: [:]) { all, step in
        if let buffer = step.spatial?.destination.buffer { all[buffer, default: []].append(step.changed!) }
    }
    /// Looks at runs as they go, and may end them: such a run has no outputs, and the steps that it left out take in what
    /// changed when they run next.
    public var probe: ExitProbe?
    /// Told of every step that has run, and of -1 before the first: for measuring.
    package var afterStep: ((_ step: Int, _ session: IncrementalSession) -> Void)?

    /// - Parameter plan: whose activations may share memory; those of the session do not, for they are the cache.
    /// - Throws: `InferenceError` when the plan's only input is not one image, or all activations together do not fit into memory.
    public init(_ plan: Plan, threads: Int = 1) throws(InferenceError) {
        let plan = try plan.keepingActivations()
        guard plan.inputs.count == 1, case .spatial(let input) = plan.inputs[0].place, input.images == 1 else {
            throw InferenceError(.invalidInput, "an incremental session wants a model whose only input is one image")
        }
        dense = Session(plan, threads: threads)
        self.input = input
        inputMask = ChangeMask(height: input.height, width: input.width)
        steps = IncrementalStep.make(plan, input: input, inputMask: inputMask)
        let widest = steps.compactMap { $0.spatial?.destination.channels }.max() ?? 1
        scratch = (0..<max(1, threads)).map { _ in Scratch(channels: widest) }
        slotChanged = Array(repeating: false, count: plan.slotCount)
        let map = ToleranceMap(height: input.height, width: input.width)
        self.map = map
        cells = steps.map { $0.changed.flatMap { CellTable(map, height: $0.height, width: $0.width) } }
        rules = Array(repeating: .steered, count: steps.count)
        denseCost = CostModel(computing: plan).denseCost
    }

    /// Sets what a withheld change may be worth at the outputs, where `map` has 1: about the root of the squared change of
    /// logits, summed over the picture, for each pixel of each layer. 0 withholds nothing that differs by a bit.
    ///
    /// - Parameter outputWeights: worth of a squared change in an output's channels, by their number; nil is all alike, with a sum of 1.
    /// - Precondition: a picture was computed; what counts is measured on its activations, once.
    public func setTolerance(_ epsilon: Float, outputWeights: (Int) -> [Float]? = { _ in nil }) {
        tolerance = epsilon
        if epsilon > 0, sensitivity == nil { sensitivity = Sensitivity(plan, dense.memory, outputWeights: outputWeights) }
    }

    /// Withholds nothing until the next `setTolerance`, which measures anew what changes are worth: what was measured on the pictures of
    /// one input must not decide what is withheld of the next.
    public func forgetTolerance() { (tolerance, sensitivity) = (0, nil) }

    /// Computes everything from the picture; what is stored is exact afterwards.
    public func refresh(pixels: UnsafePointer<UInt8>, rowBytes: Int, scale: [Float], bias: [Float]) throws(InferenceError) -> [Tensor] {
        inputMask.fill()
        inputMask.motion = .none
        isRefreshing = true
        defer { isRefreshing = false }
        return try run(pixels, rowBytes, scale, bias).outputs
    }

    /// Computes what the changed pixels reach; the others are the last frame's, displaced by `motion`.
    /// - Returns: the outputs, and the multiply-accumulates spent on them.
    public func update(
        pixels: UnsafePointer<UInt8>, rowBytes: Int, scale: [Float], bias: [Float], changed: [dv_span], motion: Motion = .none
    ) throws(InferenceError) -> (outputs: [Tensor], macs: Int) {
        inputMask.clear()
        inputMask.motion = motion
        if motion != .none {
            dense.memory.image(input).displace(input, by: motion)
            inputMask.markUncovered(by: motion)
        }
        for span in changed { inputMask.mark(rows: Int(span.row)..<Int(span.row) + 1, columns: Int(span.begin)..<Int(span.end)) }
        return try run(pixels, rowBytes, scale, bias)
    }

    private func run(
        _ pixels: UnsafePointer<UInt8>, _ rowBytes: Int, _ scale: [Float], _ bias: [Float]
    ) throws(InferenceError) -> (outputs: [Tensor], macs: Int) {
        let before = dv_flush_denormals()
        defer { dv_restore_denormals(before) }
        if inputRule == .recomputed { spans = input.rows } else { listSpans(of: [inputMask]) }
        dv_normalize(pixels, Int64(rowBytes), Int32(input.channels), scale, bias, dense.memory.image(input), spans, spans.count)
        for index in slotChanged.indices { slotChanged[index] = false }
        work = CostModel()
        probe?.begin()
        afterStep?(-1, self)
        for (index, step) in steps.enumerated() {
            if case .spatial(let spatial) = plan.steps[index] { run(step, spatial, index) } else { try convert(step, index) }
            afterStep?(index, self)
            if let probe, ends(probe, after: index) {
                leave(after: index)
                return ([], work.macs)
            }
        }
        return (dense.outputs, work.macs)
    }

    /// Makes `spans` the masks' changed pixels.
    private func listSpans(of masks: [ChangeMask]) {
        spans.removeAll(keepingCapacity: true)
        for mask in masks { mask.appendSpans(to: &spans) }
    }

    /// Whether what a step reads changed in this run.
    private func readsChanges(_ step: IncrementalStep, _ index: Int) -> Bool {
        switch plan.steps[index] {
        case .spatial, .toRowMajor: step.sources.contains { !$0.mask.isEmpty }
        case .toSpatial(let copy): slotChanged[copy.slot]
        case .rowMajor(let rowMajor): rowMajor.inputs.contains { $0.map { slotChanged[$0] } ?? false }
        }
    }

    /// Runs a step without a kernel, if anything changed for it.
    private func convert(_ step: IncrementalStep, _ index: Int) throws(InferenceError) {
        step.changed?.clear()
        let isPartial = !step.hasPendingUpdate && !step.seesMotion
        guard step.hasPendingUpdate || readsChanges(step, index) else { return }
        // Until it has run: what fails here is still to be done.
        step.hasPendingUpdate = true
        if case .toRowMajor(let copy) = plan.steps[index] {
            // Into a tensor that keeps what did not change, if nobody else holds it.
            if isPartial { listSpans(of: step.sources.map(\.mask)) }
            dense.memory.load(copy, into: &dense.slots[copy.slot], spans: isPartial ? spans : nil)
            slotChanged[copy.slot] = true
        } else if case .toSpatial(let copy) = plan.steps[index], copy.isByPixel, isPartial, !isRefreshing {
            store(copy, step, write(index) ?? .largest(0))
        } else {
            try dense.runStep(index)
            if case .rowMajor(let rowMajor) = plan.steps[index] { for case let slot? in rowMajor.outputs { slotChanged[slot] = true } }
            step.changed?.fill()
        }
        step.hasPendingUpdate = false
    }

    /// Rows of a tensor into the image that they are, as far as they differ from what is stored: after a layer that looks at all tokens, as
    /// attention does, those that kept their values are computed no further (the gates of Eventful Transformers, §3).
    private func store(_ copy: SpatialCopy, _ step: IncrementalStep, _ write: ThresholdedWrite) {
        let channels = copy.destination.channels, destination = dense.memory.image(copy.destination), scratch = scratch[0]
        dense.slots[copy.slot]!.withElements(of: Float.self) { elements in
            var fresh = Image(base: UnsafeMutablePointer(mutating: elements.baseAddress!), row: 0, pixel: Int64(channels))
            copy.destination.rows.withUnsafeBufferPointer { rows in
                Chunk.forEach(in: rows) { chunk in
                    write.run(fresh, channels, destination, chunk, scratch.flags)
                    scratch.keep(chunk)
                    fresh.base += chunk.reduce(0) { $0 + $1.length } * channels
                }
            }
        }
        scratch.drain(into: step.changed!)
    }

    /// Recomputes the touched pixels of one layer.
    private func run(_ step: IncrementalStep, _ spatial: SpatialStep, _ index: Int) {
        let rule = rules[index], changed = step.changed!, touched = step.touched!
        changed.clear()
        if !step.hasPendingUpdate { touched.clear() }
        for source in step.sources { touched.propagate(from: source.mask, through: source.field) }
        // Some layers see no source at all: what reads only channels that a Pad has added. And what is stored is displaced as the sources
        // are; what earlier runs have left to do here is not.
        if isRefreshing || step.hasPendingUpdate && step.seesMotion { touched.fill() }
        step.hasPendingUpdate = false
        let destination = dense.memory.image(spatial.destination)
        step.displace(destination, spatial.destination, keepsStored: rule != .recomputed && rule != .dense, isExact: tolerance == 0)
        guard !touched.isEmpty else { return }
        if isRefreshing || computesWhole(rule, touched) {
            dense.runWhole(spatial, at: index)
            if isRefreshing || rule == .dense { changed.fill() } else { changed.propagate(from: touched, through: .pixel) }
            work.add(pixels: changed.height * changed.width, of: spatial, spans: 0)
            return
        }
        listSpans(of: [touched])
        if rule == .steered, CostModel.isWholeCheaper(spatial, pixels: touched.count, spans: spans.count) {
            touched.fill()
            listSpans(of: [touched])
        }
        dense.withSources(of: spatial) { compute(step, spatial, $0, destination, write(index)) }
        step.markUncovered()
        work.add(pixels: touched.count, of: spatial, spans: spans.count)
    }

    /// Computes the spans: in place where all of them are kept, so that what is stored is not looked at; else in chunks, in scratch, of which
    /// is written what differs from what is stored.
    private func compute(
        _ step: IncrementalStep, _ spatial: SpatialStep, _ sources: UnsafePointer<Image>, _ destination: Image, _ write: ThresholdedWrite?
    ) {
        // What was stored frames ago is in no cache: it arrives while the kernel runs.
        let channels = spatial.destination.channels
        guard let write else {
            share(step.touched!.count, of: spatial) { _, part in
                Chunk.forEach(in: part, of: Scratch.pixelsInPlace(channels)) { chunk in
                    dv_prefetch(destination, Int32(channels), chunk.baseAddress, chunk.count)
                    spatial.kernel.run(sources: sources, destination: destination, spans: chunk, isCompact: false)
                }
            }
            return step.changed!.propagate(from: step.touched!, through: .pixel)
        }
        share(step.touched!.count, of: spatial) { worker, part in
            let scratch = scratch[worker], fresh = scratch.image(channels)
            Chunk.forEach(in: part) { chunk in
                dv_prefetch(destination, Int32(channels), chunk.baseAddress, chunk.count)
                spatial.kernel.run(sources: sources, destination: fresh, spans: chunk, isCompact: true)
                write.run(fresh, channels, destination, chunk, scratch.flags)
                scratch.keep(chunk)
            }
        }
        // Masks are shared state: marked by one thread, from what the workers kept.
        for worker in scratch { worker.drain(into: step.changed!) }
    }

    /// Divides the spans, of so many pixels of a layer, among the workers.
    private func share(_ pixels: Int, of step: SpatialStep, _ body: (_ worker: Int, _ part: UnsafeBufferPointer<dv_span>) -> Void) {
        // A few are not worth a wake-up.
        let isMuch = step.macs / max(1, step.destination.height * step.destination.width) * pixels > 120_000
        let workers = isMuch ? dense.pool.count : 1
        spans.withUnsafeBufferPointer { spans in
            let parts = Chunk.divide(spans, among: workers)
            func run(_ worker: Int) { if !parts[worker].isEmpty { body(worker, parts[worker]) } }
            if workers == 1 { run(0) } else { dense.pool.run(run) }
        }
    }

    /// How a layer's fresh pixels are compared with the stored ones at present; nil keeps all.
    ///
    /// Where it is steered, nothing is compared where nothing would come of it: in layers that feed only the outputs, or copy pixels already
    /// judged.
    private func write(_ index: Int) -> ThresholdedWrite? {
        if case .compared(let largest) = rules[index] { return .largest(largest) }
        let step = steps[index]
        guard rules[index] == .steered, step.truncates else { return nil }
        guard tolerance > 0, let weights = sensitivity?.weights[index] else { return .largest(0) }
        // There comparing costs more than it saves.
        if step.isLocal { return nil }
        // Early changes are edges, whose effects add up where those of noise cancel: e⁻² of the tolerance at the input.
        let depth = Float(index) / Float(steps.count), limit = tolerance * exp(-2 * (1 - depth))
        return .weighted(
            dv_truncation(
                weights: weights.base, limit: limit * limit, factors: cells[index] == nil ? nil : UnsafePointer(map.squares.base),
                row_cells: cells[index].map { UnsafePointer($0.rows) }, column_cells: cells[index].map { UnsafePointer($0.columns) }))
    }
}

// Runs that end early. The steps they leave out keep what they computed before; that stays of use, because what changed
// in their sources since then is remembered where it is to be computed. A run that goes to the end, however much later,
// so gives what it would have given had all before gone to the end: at tolerance 0, the bits of a dense one.

extension IncrementalSession {
    /// Shows the step to the probe, with the rows that changed.
    private func ends(_ probe: ExitProbe, after index: Int) -> Bool {
        guard case .spatial(let spatial) = plan.steps[index] else { return false }
        let buffer = spatial.destination.buffer
        return probe.visit(step: index, dense.memory) { row in
            // A concatenation has several writers. What moved was moved everywhere.
            self.writers[buffer]!.contains { $0.rows[row] || $0.motion != .none }
        }
    }

    /// Leaves what changed to the steps after `index`.
    private func leave(after index: Int) {
        // Of an earlier run, which left them to nobody else.
        for later in steps[(index + 1)...] {
            later.changed?.clear()
            later.changed?.motion = .none
        }
        for (index, later) in steps.enumerated().dropFirst(index + 1) where isRefreshing || readsChanges(later, index) {
            if let touched = later.touched {
                if !later.hasPendingUpdate { touched.clear() }
                if isRefreshing || later.seesMotion { touched.fill() }
                for source in later.sources { touched.propagate(from: source.mask, through: source.field) }
            }
            later.hasPendingUpdate = true
        }
    }
}
