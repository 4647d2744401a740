import CKernels
import Inference
import Tensors

/// Runs a plan on a stream of pictures, recomputing only what a changed pixel reaches.
///
/// The persistent activations are the cache. Every layer takes the pixels its sources' masks reach, computes them
/// beside the stored ones, and keeps those whose largest channel moved by more than the layer's tolerance; what was not
/// written stays true for everything downstream, so each layer's error stays within its own tolerance and never adds up
/// over frames (DESIGN §4, change truncation). With tolerance 0 the result equals a dense run bit for bit.
public final class IncrementalSession {
    public let plan: Plan
    private let memory: ActivationMemory
    private let pool: WorkerPool
    let steps: [IncrementalStep]
    private let input: SpatialRef
    private let inputMask: ChangeMask
    private let scratch: [Scratch]
    private var slots: [Tensor?]
    private var slotChanged: [Bool]
    private var spans: [dv_span] = []
    private var tolerances: [Float]
    /// One a step: what updates have cost.
    public private(set) var reuse: [LayerReuse]
    /// Whether everything is computed and written without being compared.
    private var isRefreshing = false

    /// - Parameter plan: made with `sharesMemory: false`.
    /// - Throws: `InferenceError` when the plan's only input is not one image.
    public init(_ plan: Plan, threads: Int = 1) throws(InferenceError) {
        guard plan.inputs.count == 1, case .spatial(let input) = plan.inputs[0].place, input.images == 1 else {
            throw InferenceError(.invalidInput, "an incremental session wants a model whose only input is one image")
        }
        self.plan = plan
        self.input = input
        memory = ActivationMemory(plan)
        pool = WorkerPool(count: threads)
        inputMask = ChangeMask(height: input.height, width: input.width)
        steps = IncrementalStep.make(plan, input: input, inputMask: inputMask, threads: threads)
        let widest = steps.compactMap { $0.spatial?.destination.channels }.max() ?? 1
        scratch = (0..<max(1, threads)).map { _ in Scratch(channels: widest) }
        slots = (0..<plan.hostSlotCount).map { plan.constants[$0] }
        slotChanged = Array(repeating: false, count: plan.hostSlotCount)
        tolerances = Array(repeating: 0, count: steps.count)
        reuse = plan.layers.map { LayerReuse(layer: $0) }
    }

    /// Sets every layer's tolerance to `epsilon` times the root mean square of its stored activations.
    /// Layers that only feed the outputs stay exact: nothing downstream would profit.
    public func setTolerance(_ epsilon: Float) {
        for (index, step) in steps.enumerated() where step.truncates {
            tolerances[index] = epsilon == 0 ? 0 : epsilon * memory.rootMeanSquare(step.spatial!.destination)
        }
    }

    /// Computes everything from the picture; what is stored is exact afterwards.
    public func refresh(pixels: UnsafePointer<UInt8>, rowBytes: Int, scale: [Float], bias: [Float]) throws(InferenceError) -> [Tensor] {
        inputMask.fill()
        isRefreshing = true
        defer { isRefreshing = false }
        return try run(pixels, rowBytes, scale, bias).outputs
    }

    /// Computes what the marked input pixels reach; `mark` fills the (cleared) mask.
    /// - Returns: the outputs, and the multiply-accumulates spent on them.
    public func update(
        pixels: UnsafePointer<UInt8>, rowBytes: Int, scale: [Float], bias: [Float], changed: [dv_span]
    ) throws(InferenceError) -> (outputs: [Tensor], macs: Int) {
        inputMask.clear()
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
        dv_normalize(pixels, Int64(rowBytes), Int32(input.channels), scale, bias, memory.image(input), spans, spans.count)
        for index in slotChanged.indices { slotChanged[index] = false }
        var macs = 0
        for (index, step) in steps.enumerated() {
            switch plan.steps[index] {
            case .spatial(let spatial): macs += run(index, spatial)
            case .toHost(let source, let slot, let shape, let keepsNHWC):
                guard slots[slot] == nil || step.sources.contains(where: { !$0.mask.isEmpty }) else { continue }
                slots[slot] = memory.load(source, shape: shape, keepsNHWC: keepsNHWC)
                slotChanged[slot] = true
            case .toSpatial(let slot, let destination):
                step.changed!.clear()
                guard slotChanged[slot] || !step.hasRun else { continue }
                step.hasRun = true
                memory.store(slots[slot]!, at: destination)
                step.changed!.fill()
            case .host(let host):
                guard !step.hasRun || host.inputs.contains(where: { $0.map { slotChanged[$0] } ?? false }) else { continue }
                step.hasRun = true
                try host.run(&slots)
                for slot in host.outputs { if let slot { slotChanged[slot] = true } }
            }
        }
        let outputs = plan.outputs.map { output in
            guard case .host(let slot) = output.place else { preconditionFailure("outputs are row-major") }
            return slots[slot]!
        }
        return (outputs, macs)
    }

    /// Recomputes the touched pixels of one layer; returns the multiply-accumulates spent.
    private func run(_ index: Int, _ spatial: SpatialStep) -> Int {
        let step = steps[index], tolerance = tolerances[index]
        let changed = step.changed!
        changed.clear()
        let touched = step.touched!
        touched.clear()
        for source in step.sources { touched.add(touchedBy: source.mask, reach: source.reach) }
        guard !touched.isEmpty else { return 0 }
        let pixels = changed.height * changed.width
        return withUnsafeTemporaryAllocation(of: Image.self, capacity: spatial.sources.count) { images in
            for (index, source) in spatial.sources.enumerated() { images.initializeElement(at: index, to: memory.image(source)) }
            let sources = UnsafePointer(images.baseAddress!), destination = memory.image(spatial.destination)
            if isRefreshing {
                let shares = step.dense
                if shares.count == 1 {
                    shares[0].run(spatial.kernel, sources, destination)
                } else {
                    pool.run { worker in shares[worker].run(spatial.kernel, sources, destination) }
                }
                changed.fill()
                return spatial.macs
            }
            spans.removeAll(keepingCapacity: true)
            touched.appendSpans(to: &spans)
            compute(step, spatial, sources, destination, tolerance, touched.count)
            reuse[index].computed += touched.count
            reuse[index].written += changed.count
            return spatial.macs / pixels * touched.count
        }
    }

    /// Chunks of spans: computed side by side in scratch, compared with what is stored, written where they differ.
    private func compute(
        _ step: IncrementalStep, _ spatial: SpatialStep, _ sources: UnsafePointer<Image>, _ destination: Image, _ tolerance: Float,
        _ count: Int
    ) {
        let work = spatial.macs / max(1, step.changed!.height * step.changed!.width) * count
        let workers = work > 120_000 ? pool.count : 1
        let channels = spatial.destination.channels
        spans.withUnsafeMutableBufferPointer { all in
            let parts = Chunk.divide(all, among: workers)
            func runPart(_ worker: Int) {
                let part = parts[worker], scratch = scratch[worker]
                guard part.count > 0 else { return }
                let fresh = Image(base: scratch.floats, row: 0, pixel: Int64(scratch.pixel(channels)))
                for chunk in Chunk.cut(part) {
                    spatial.kernel.run(sources: sources, destination: fresh, spans: chunk, isCompact: true)
                    _ = dv_commit(
                        fresh.base, fresh.pixel, Int32(channels), tolerance, destination, chunk.baseAddress, chunk.count, scratch.flags)
                    scratch.keep(chunk)
                }
            }
            if workers == 1 { runPart(0) } else { pool.run(runPart) }
            // Masks are shared state: marked by one thread, from what the workers kept.
            for worker in 0..<workers { scratch[worker].drain(into: step.changed!) }
        }
    }
}
