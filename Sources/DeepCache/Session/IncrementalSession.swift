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
    let execution: PlanExecution
    public var plan: Plan { execution.plan }
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
    /// Layers in which nothing reaches further than its own pixel, and whose readers see no further either.
    private lazy var isLocal: [Bool] = {
        let buffers = windowReadBuffers
        return steps.map { $0.isPointwise && !($0.spatial.map { buffers.contains($0.destination.buffer) } ?? false) }
    }()
    /// What the picture itself does: with `.recomputed` all of it is taken in at every update, so that what is computed
    /// anew sees the current pixels around it; else only what changed.
    public var inputRule = LayerRule.steered
    /// One a step.
    var rules: [LayerRule]
    private var work = CostModel()
    private let denseCost: Double
    /// What the last update cost, in units of computing the plan densely: by the cost model, not by the clock.
    public var cost: Double { work.sparseCost / denseCost }
    /// One a step: what updates have cost.
    public private(set) var reuse: [LayerReuse]
    /// Whether everything is computed and written without being compared.
    private(set) var isRefreshing = false
    /// The masks of all that write to a buffer.
    private(set) lazy var writers: [Int: [ChangeMask]] = steps.reduce(into: [:]) { all, step in
        if let buffer = step.spatial?.destination.buffer { all[buffer, default: []].append(step.changed!) }
    }
    /// Looks at runs as they go, and may end them: such a run has no outputs, and the steps that it left out take in what
    /// changed when they run next.
    public var probe: ExitProbe?

    /// - Parameter plan: made with `sharesMemory: false`.
    /// - Throws: `InferenceError` when the plan's only input is not one image.
    public init(_ plan: Plan, threads: Int = 1) throws(InferenceError) {
        guard plan.inputs.count == 1, case .spatial(let input) = plan.inputs[0].place, input.images == 1 else {
            throw InferenceError(.invalidInput, "an incremental session wants a model whose only input is one image")
        }
        execution = PlanExecution(plan, threads: threads)
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
        reuse = plan.layers.map { LayerReuse(layer: $0) }
        denseCost = CostModel(computing: plan).denseCost
    }

    /// Sets what a withheld change may be worth at the outputs, where `map` has 1: about the root of the squared change of
    /// logits, summed over the picture, for each pixel of each layer. 0 withholds nothing that differs by a bit.
    ///
    /// - Parameter outputWeights: relative worth of an output's channels, by their number; nil is all alike.
    /// - Precondition: a picture was computed; what counts is measured on its activations, once.
    public func setTolerance(_ epsilon: Float, outputWeights: (Int) -> [Float]? = { _ in nil }) {
        tolerance = epsilon
        if epsilon > 0, sensitivity == nil { sensitivity = Sensitivity(plan, execution.memory, outputWeights: outputWeights) }
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
            execution.memory.image(input).displace(input, by: motion)
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
        spans.removeAll(keepingCapacity: true)
        inputMask.appendSpans(to: &spans)
        if inputRule == .recomputed {
            spans = input.rows
        }
        dv_normalize(pixels, Int64(rowBytes), Int32(input.channels), scale, bias, execution.memory.image(input), spans, spans.count)
        for index in slotChanged.indices { slotChanged[index] = false }
        work = CostModel()
        probe?.begin()
        for (index, step) in steps.enumerated() {
            switch plan.steps[index] {
            case .spatial(let spatial): run(index, spatial)
            case .toRowMajor(let copy):
                guard !step.hasRun || step.hasPendingUpdate || step.sources.contains(where: { !$0.mask.isEmpty }) else { continue }
                load(copy, of: step)
                slotChanged[copy.slot] = true
            case .toSpatial(let slot, let destination):
                step.changed!.clear()
                guard slotChanged[slot] || !step.hasRun || step.hasPendingUpdate else { continue }
                (step.hasRun, step.hasPendingUpdate) = (true, false)
                execution.memory.store(execution.slots[slot]!, at: destination)
                step.changed!.fill()
            case .rowMajor(let rowMajor):
                guard !step.hasRun || step.hasPendingUpdate || rowMajor.inputs.contains(where: { $0.map { slotChanged[$0] } ?? false })
                else {
                    continue
                }
                // Until it has run: what fails here is still to be done.
                step.hasPendingUpdate = true
                try rowMajor.run(&execution.slots)
                (step.hasRun, step.hasPendingUpdate) = (true, false)
                for slot in rowMajor.outputs { if let slot { slotChanged[slot] = true } }
            }
            if let probe, ends(probe, after: index) {
                leave(after: index)
                return ([], work.macs)
            }
        }
        return (execution.outputs, work.macs)
    }

    /// Into a tensor that keeps what did not change, if nobody else holds it.
    private func load(_ copy: RowMajorCopy, of step: IncrementalStep) {
        let isPartial = step.hasRun && !step.hasPendingUpdate && !step.sources.contains { $0.mask.motion != .none }
        (step.hasRun, step.hasPendingUpdate) = (true, false)
        spans.removeAll(keepingCapacity: true)
        if isPartial { for source in step.sources { source.mask.appendSpans(to: &spans) } }
        execution.memory.load(copy, into: &execution.slots[copy.slot], spans: isPartial ? spans : nil)
    }

    /// Recomputes the touched pixels of one layer.
    private func run(_ index: Int, _ spatial: SpatialStep) {
        let step = steps[index], rule = rules[index]
        let changed = step.changed!
        changed.clear()
        let touched = step.touched!
        if !step.hasPendingUpdate { touched.clear() }
        for source in step.sources { touched.propagate(from: source.mask, through: source.field) }
        // Some layers see no source at all: what reads only channels that a Pad has added.
        if isRefreshing { touched.fill() }
        // What is stored is displaced as the sources are; what earlier runs have left to do here is not.
        if step.hasPendingUpdate, step.sources.contains(where: { $0.mask.motion != .none }) { touched.fill() }
        step.hasPendingUpdate = false
        step.displace(execution.memory.image(spatial.destination), spatial.destination, keepsStored: rule != .recomputed && rule != .dense)
        guard !touched.isEmpty else { return }
        if isRefreshing || computesWhole(rule, touched) {
            execution.runWhole(spatial, at: index)
            if isRefreshing || rule == .dense { changed.fill() } else { changed.propagate(from: touched, through: .pixel) }
            let pixels = changed.height * changed.width
            reuse[index].computed += isRefreshing ? 0 : pixels
            reuse[index].written += isRefreshing ? 0 : changed.count
            work.add(pixels: pixels, of: spatial, spans: 0)
            return
        }
        withUnsafeTemporaryAllocation(of: Image.self, capacity: spatial.sources.count) { images in
            for (index, source) in spatial.sources.enumerated() { images.initializeElement(at: index, to: execution.memory.image(source)) }
            let sources = UnsafePointer(images.baseAddress!), destination = execution.memory.image(spatial.destination)
            spans.removeAll(keepingCapacity: true)
            touched.appendSpans(to: &spans)
            if rule == .steered, CostModel.isWholeCheaper(spatial, pixels: touched.count, spans: spans.count) {
                touched.fill()
                spans.removeAll(keepingCapacity: true)
                touched.appendSpans(to: &spans)
            }
            compute(index, step, spatial, sources, destination, touched.count)
            step.markUncovered()
            reuse[index].computed += touched.count
            reuse[index].written += changed.count
            work.add(pixels: touched.count, of: spatial, spans: spans.count)
        }
    }

    /// Chunks of spans: computed side by side in scratch, compared with what is stored, written where they differ.
    private func compute(
        _ index: Int, _ step: IncrementalStep, _ spatial: SpatialStep, _ sources: UnsafePointer<Image>, _ destination: Image,
        _ count: Int
    ) {
        let rule: ThresholdedWrite
        switch rules[index] {
        case .compared(let largest): rule = .largest(largest)
        case .steered:
            guard let write = steeredWrite(index) else { return keep(step, spatial, sources, destination, count) }
            rule = write
        case .kept, .recomputed, .dense: return keep(step, spatial, sources, destination, count)
        }
        let workers = workers(for: count, of: spatial)
        let channels = spatial.destination.channels
        spans.withUnsafeMutableBufferPointer { all in
            let parts = Chunk.divide(all, among: workers)
            func runPart(_ worker: Int) {
                let part = parts[worker], scratch = scratch[worker]
                guard part.count > 0 else { return }
                let fresh = Image(base: scratch.floats, row: 0, pixel: Int64(scratch.pixel(channels)))
                for chunk in Chunk.cut(part) {
                    // What was stored frames ago is in no cache: it arrives while the kernel runs.
                    dv_prefetch(destination, Int32(channels), chunk.baseAddress, chunk.count)
                    spatial.kernel.run(sources: sources, destination: fresh, spans: chunk, isCompact: true)
                    rule.run(fresh, channels, destination, chunk, scratch.flags)
                    scratch.keep(chunk)
                }
            }
            if workers == 1 { runPart(0) } else { execution.pool.run(runPart) }
            // Masks are shared state: marked by one thread, from what the workers kept.
            for worker in 0..<workers { scratch[worker].drain(into: step.changed!) }
        }
    }

    /// How many workers share so many pixels of a layer: a few are not worth a wake-up.
    private func workers(for pixels: Int, of step: SpatialStep) -> Int {
        step.macs / max(1, step.destination.height * step.destination.width) * pixels > 120_000 ? execution.pool.count : 1
    }

    /// Spans computed in place: what is stored is not looked at.
    private func keep(
        _ step: IncrementalStep, _ spatial: SpatialStep, _ sources: UnsafePointer<Image>, _ destination: Image, _ count: Int
    ) {
        let workers = workers(for: count, of: spatial)
        spans.withUnsafeMutableBufferPointer { all in
            let parts = Chunk.divide(all, among: workers)
            func runPart(_ worker: Int) {
                guard parts[worker].count > 0 else { return }
                spatial.kernel.run(sources: sources, destination: destination, spans: parts[worker], isCompact: false)
            }
            if workers == 1 { runPart(0) } else { execution.pool.run(runPart) }
        }
        step.changed!.propagate(from: step.touched!, through: .pixel)
    }

    /// What `.steered` means for a layer at present; nil keeps everything.
    ///
    /// Nothing is compared where nothing would come of it: in layers that feed only the outputs, or copy pixels already judged.
    private func steeredWrite(_ index: Int) -> ThresholdedWrite? {
        let step = steps[index]
        guard step.truncates else { return nil }
        guard tolerance > 0, let weights = sensitivity?.weights[index] else { return .largest(0) }
        // There comparing costs more than it saves.
        if isLocal[index] { return nil }
        // Early changes are edges, whose effects add up where those of noise cancel: e⁻² of the tolerance at the input.
        let depth = Float(index) / Float(steps.count), limit = tolerance * exp(-2 * (1 - depth))
        return .weighted(
            dv_truncation(
                weights: weights.base, limit: limit * limit, factors: cells[index] == nil ? nil : UnsafePointer(map.squares),
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
        return probe.visit(step: index, execution.memory) { row in
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
        for later in steps[(index + 1)...] {
            if let touched = later.touched {
                let sees = later.sources.contains { !$0.mask.isEmpty || $0.mask.motion != .none }
                guard sees || isRefreshing else { continue }
                if !later.hasPendingUpdate { touched.clear() }
                later.hasPendingUpdate = true
                if isRefreshing || later.sources.contains(where: { $0.mask.motion != .none }) {
                    touched.fill()
                } else {
                    for source in later.sources { touched.propagate(from: source.mask, through: source.field) }
                }
            } else if isRefreshing || later.sources.contains(where: { !$0.mask.isEmpty }) {
                later.hasPendingUpdate = true
            }
        }
        leaveRowMajorChanges(after: index)
    }

    /// Leaves row-major tensors that changed in this run to the later steps that read them.
    private func leaveRowMajorChanges(after index: Int) {
        for later in (index + 1)..<steps.count {
            switch plan.steps[later] {
            case .rowMajor(let step):
                if step.inputs.contains(where: { $0.map { slotChanged[$0] } ?? false }) { steps[later].hasPendingUpdate = true }
            case .toSpatial(let slot, _): if slotChanged[slot] { steps[later].hasPendingUpdate = true }
            case .spatial, .toRowMajor: break
            }
        }
    }
}
