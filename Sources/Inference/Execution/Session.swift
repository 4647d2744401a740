import CKernels
import Tensors

/// Runs a plan densely, frame after frame. Holds the activations and the worker threads; not thread-safe.
public final class Session {
    public let plan: Plan
    private let memory: ActivationMemory
    private let pool: WorkerPool
    private let shares: [[Share]]
    private var slots: [Tensor?]
    /// Looks at runs as they go, and may end them: such a run has no outputs.
    public var probe: TapProbe?

    /// - Parameter threads: how many threads compute, the caller included.
    public init(_ plan: Plan, threads: Int = 1) {
        self.plan = plan
        memory = ActivationMemory(plan)
        pool = WorkerPool(count: threads)
        slots = (0..<plan.hostSlotCount).map { plan.constants[$0] }
        shares = plan.steps.map { step in
            if case .spatial(let step) = step { Share.divide(step, among: max(1, threads)) } else { [] }
        }
    }

    /// Runs the network on one row-major tensor an input, in the plan's order.
    /// - Throws: `InferenceError` when a tensor does not fit, or a data-dependent operator fails.
    public func run(_ inputs: [Tensor]) throws(InferenceError) -> [Tensor] {
        guard inputs.count == plan.inputs.count else {
            throw InferenceError(.invalidInput, "\(inputs.count) inputs given; the model has \(plan.inputs.count)")
        }
        for (input, tensor) in zip(plan.inputs, inputs) {
            guard tensor.shape == input.shape, tensor.elementType == input.elementType else {
                throw InferenceError(
                    .invalidInput, "input '\(input.name)' is \(input.elementType) \(input.shape), not \(tensor.elementType) \(tensor.shape)"
                )
            }
            switch input.place {
            case .host(let slot): slots[slot] = tensor
            case .spatial(let reference): memory.store(tensor, at: reference)
            }
        }
        return try execute()
    }

    /// Runs the network on interleaved 8-bit pixels (H·W·C, C as the model's first input): value · scale[c] + bias[c].
    /// - Throws: `InferenceError` when the model's only input is not an image of that many channels.
    public func run(
        pixels: UnsafePointer<UInt8>, rowBytes: Int, scale: [Float], bias: [Float]
    ) throws(InferenceError) -> [Tensor] {
        guard plan.inputs.count == 1, case .spatial(let reference) = plan.inputs[0].place, reference.images == 1,
            scale.count == reference.channels, bias.count == reference.channels, reference.channels <= 4
        else {
            throw InferenceError(
                .invalidInput,
                "the model wants \(plan.inputs.map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")), not one image of \(scale.count) channels"
            )
        }
        let image = memory.image(reference)
        reference.rows.withUnsafeBufferPointer {
            dv_normalize(pixels, Int64(rowBytes), Int32(reference.channels), scale, bias, image, $0.baseAddress, $0.count)
        }
        return try execute()
    }

    /// One run with the milliseconds that each step took.
    public func profile(_ inputs: [Tensor]) throws(InferenceError) -> [Double] {
        _ = try run(inputs)
        var times: [Double] = []
        for index in plan.steps.indices {
            let start = ContinuousClock.now
            try runStep(index)
            let elapsed = (ContinuousClock.now - start).components
            times.append(Double(elapsed.seconds) * 1e3 + Double(elapsed.attoseconds) / 1e15)
        }
        return times
    }

    private func runStep(_ index: Int) throws(InferenceError) {
        switch plan.steps[index] {
        case .spatial(let step): run(step, shares[index])
        case .toHost(let copy): memory.load(copy, into: &slots[copy.slot])
        case .toSpatial(let slot, let destination): memory.store(slots[slot]!, at: destination)
        case .host(let step): try step.run(&slots)
        }
    }

    private func execute() throws(InferenceError) -> [Tensor] {
        let before = dv_flush_denormals()
        defer { dv_restore_denormals(before) }
        probe?.begin()
        for index in plan.steps.indices {
            try runStep(index)
            if let probe, probe.visit(step: index, memory) { return [] }
        }
        return plan.outputs.map { output in
            guard case .host(let slot) = output.place else { preconditionFailure("outputs are row-major") }
            return slots[slot]!
        }
    }

    private func run(_ step: SpatialStep, _ shares: [Share]) {
        for image in 0..<step.destination.images {
            let destination = memory.image(step.destination, image)
            withUnsafeTemporaryAllocation(of: Image.self, capacity: step.sources.count) { sources in
                for (index, source) in step.sources.enumerated() { sources.initializeElement(at: index, to: memory.image(source, image)) }
                let base = UnsafePointer(sources.baseAddress!)
                if shares.count == 1 {
                    shares[0].run(step.kernel, base, destination)
                } else {
                    pool.run { worker in shares[worker].run(step.kernel, base, destination) }
                }
            }
        }
    }
}

/// One worker's part of a dense layer: rows, or channels when there are few pixels.
package struct Share {
    package let spans: [dv_span]
    let slices: Range<Int>?

    package func run(_ kernel: any SpatialKernel, _ sources: UnsafePointer<Image>, _ destination: Image) {
        spans.withUnsafeBufferPointer { spans in
            if let slices {
                kernel.run(sources: sources, destination: destination, spans: spans, first: slices.lowerBound, last: slices.upperBound)
            } else {
                kernel.run(sources: sources, destination: destination, spans: spans, isCompact: false)
            }
        }
    }

    /// Below this a wake-up costs more than it saves.
    private static let worthwhileWork = 60_000

    package static func divide(_ step: SpatialStep, among threads: Int) -> [Share] {
        let d = step.destination, pixels = d.height * d.width
        let rows = d.rows
        let work = max(step.macs / d.images, pixels * d.channels * 4)
        guard threads > 1, work >= worthwhileWork else { return [Share(spans: rows, slices: nil)] }
        let slices = step.kernel.channelSlices
        if pixels < 16 * threads, slices > 1 {
            return (0..<threads).map { Share(spans: rows, slices: slices * $0 / threads..<slices * ($0 + 1) / threads) }
        }
        guard pixels >= 2 * threads else { return [Share(spans: rows, slices: nil)] }
        return (0..<threads).map { part in
            Share(spans: cut(width: d.width, from: pixels * part / threads, to: pixels * (part + 1) / threads), slices: nil)
        }
    }

    /// Pixels [from, to) of an image of `width`, as spans.
    private static func cut(width: Int, from: Int, to: Int) -> [dv_span] {
        var spans: [dv_span] = [], at = from
        while at < to {
            let row = at / width, end = min(to, (row + 1) * width)
            spans.append(dv_span(row: Int32(row), begin: Int32(at - row * width), end: Int32(end - row * width)))
            at = end
        }
        return spans
    }
}

extension HostStep {
    package func run(_ slots: inout [Tensor?]) throws(InferenceError) {
        let arguments = inputs.map { $0.flatMap { slots[$0] } }
        let failure: InferenceError
        do throws(OperatorError) {
            guard let excess = try room?.excess(op, arguments, slots, filling: outputs) else {
                for (slot, result) in zip(outputs, try op.evaluate(arguments)) { if let slot { slots[slot] = result } }
                return
            }
            failure = InferenceError(.tooLarge, "\(kind): \(excess)", node: name)
        } catch {
            failure = InferenceError(.executionFailed, "\(kind): \(error.message)", node: name)
        }
        throw failure
    }
}

extension ActivationMemory {
    /// Row-major NCHW (or [N,C]) into the images.
    package func store(_ tensor: Tensor, at reference: SpatialRef) {
        let plane = reference.height * reference.width
        tensor.withElements(of: Float.self) { elements in
            for image in 0..<reference.images {
                dv_interleave(
                    elements.baseAddress! + image * reference.channels * plane, Int64(plane), Int32(reference.channels),
                    Int32(reference.height),
                    Int32(reference.width), self.image(reference, image))
            }
        }
    }

    /// The images, or with `spans` at least those pixels of the first, into the tensor that `slot` keeps from run to run.
    package func load(_ copy: HostCopy, into slot: inout Tensor?, spans: [dv_span]? = nil) {
        let source = copy.source, plane = source.height * source.width, c = source.channels
        if slot == nil { slot = Tensor(copy.shape, of: Float.self) { _ in } }
        slot!.withMutableElements(of: Float.self) { buffer in
            for index in 0..<source.images {
                let out = buffer.baseAddress! + index * (buffer.count / source.images), image = self.image(source, index)
                switch copy.layout {
                case .planes: dv_deinterleave(image, Int32(c), Int32(source.height), Int32(source.width), out, Int64(plane))
                case .pixels(let first):
                    let spans = spans ?? source.rows
                    let rows = Image(base: out + first * c, row: Int64(source.width * c), pixel: Int64(c))
                    dv_copy(nil, Int32(c), image, rows, spans, spans.count, 0)
                }
            }
        }
    }
}
