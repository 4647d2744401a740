import CKernels
import Tensors

/// Runs a plan densely, frame after frame. Holds the activations and the worker threads; not thread-safe.
public final class Session {
    public let plan: Plan
    /// Looks at runs as they go, and may end them: such a run has no outputs.
    public var probe: ExitProbe?
    package let memory: ActivationMemory
    package let pool: WorkerPool
    /// Row-major tensors.
    package var slots: [Tensor?]
    /// By step: how the threads divide it when all of it is computed.
    private let partitions: [[WorkPartition]]
    /// By first step: the groups of steps that are computed band by band, and how.
    private let bands: [Int: (steps: Range<Int>, schedule: BandSchedule)]

    /// - Parameter threads: how many threads compute, the caller included.
    public init(_ plan: Plan, threads: Int = 1) {
        self.plan = plan
        memory = ActivationMemory(plan)
        pool = WorkerPool(count: threads)
        slots = (0..<plan.slotCount).map { plan.constants[$0] }
        partitions = plan.steps.map { step in
            if case .spatial(let step) = step { WorkPartition.divide(step, among: max(1, threads)) } else { [] }
        }
        bands = Dictionary(
            uniqueKeysWithValues: plan.bands.map { group in
                (group.steps.lowerBound, (group.steps, BandSchedule(group, of: plan, workers: max(1, threads))))
            })
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
            case .rowMajor(let slot): slots[slot] = tensor
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
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return times
    }

    package func runStep(_ index: Int) throws(InferenceError) {
        switch plan.steps[index] {
        case .spatial(let step): runWhole(step, at: index)
        case .toRowMajor(let copy): memory.load(copy, into: &slots[copy.slot])
        case .toSpatial(let copy): memory.store(slots[copy.slot]!, at: copy.destination, isByPixel: copy.isByPixel)
        case .rowMajor(let step): try step.run(&slots)
        }
    }

    /// Computes all pixels of a step with a kernel.
    package func runWhole(_ step: SpatialStep, at index: Int) {
        let parts = partitions[index]
        for image in 0..<step.destination.images {
            let destination = memory.image(step.destination, image)
            withSources(of: step, image) { sources in
                if parts.count == 1 {
                    parts[0].run(step.kernel, sources, destination)
                } else {
                    pool.run { worker in parts[worker].run(step.kernel, sources, destination) }
                }
            }
        }
    }

    /// The images that a step reads, of one of the batch.
    package func withSources(of step: SpatialStep, _ image: Int = 0, _ body: (UnsafePointer<Image>) -> Void) {
        withUnsafeTemporaryAllocation(of: Image.self, capacity: step.sources.count) { sources in
            for (index, source) in step.sources.enumerated() { sources.initializeElement(at: index, to: memory.image(source, image)) }
            body(UnsafePointer(sources.baseAddress!))
        }
    }

    private func execute() throws(InferenceError) -> [Tensor] {
        let before = dv_flush_denormals()
        defer { dv_restore_denormals(before) }
        probe?.begin()
        var index = 0
        while index < plan.steps.count {
            // Who may end a run after any step wants no later one begun before.
            if probe == nil, let group = bands[index] {
                run(group.schedule)
                index = group.steps.upperBound
                continue
            }
            try runStep(index)
            if let probe, probe.visit(step: index, memory) { return [] }
            index += 1
        }
        return outputs
    }

    private func run(_ schedule: BandSchedule) {
        if schedule.parts.count == 1 {
            for task in schedule.parts[0] { run(task) }
        } else {
            pool.run { worker in for task in schedule.parts[worker] { self.run(task) } }
            for tasks in schedule.seams {
                pool.run { worker in
                    for index in stride(from: worker, to: tasks.count, by: schedule.parts.count) { self.run(tasks[index]) }
                }
            }
        }
    }

    private func run(_ task: BandSchedule.Task) {
        guard case .spatial(let step) = plan.steps[task.step] else { return }
        let destination = memory.image(step.destination)
        withSources(of: step) { sources in
            WorkPartition(spans: task.spans, slices: nil).run(step.kernel, sources, destination)
        }
    }

    /// The results, once all steps have run.
    package var outputs: [Tensor] { plan.outputs.map { slots[$0.slot]! } }
}

extension RowMajorStep {
    func run(_ slots: inout [Tensor?]) throws(InferenceError) {
        let arguments = inputs.map { $0.flatMap { slots[$0] } }
        let failure: InferenceError
        do throws(OperatorError) {
            guard let excess = try budget?.excess(op, arguments, slots, filling: outputs) else {
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
