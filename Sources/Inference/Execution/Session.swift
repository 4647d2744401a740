import CKernels
import Tensors

/// Runs a plan densely, frame after frame. Holds the activations and the worker threads; not thread-safe.
public final class Session {
    private let execution: PlanExecution
    public var plan: Plan { execution.plan }
    /// Looks at runs as they go, and may end them: such a run has no outputs.
    public var probe: ExitProbe?

    /// - Parameter threads: how many threads compute, the caller included.
    public init(_ plan: Plan, threads: Int = 1) { execution = PlanExecution(plan, threads: threads) }

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
            case .rowMajor(let slot): execution.slots[slot] = tensor
            case .spatial(let reference): execution.memory.store(tensor, at: reference)
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
        let image = execution.memory.image(reference)
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
        case .spatial(let step): execution.runWhole(step, at: index)
        case .toRowMajor(let copy): execution.memory.load(copy, into: &execution.slots[copy.slot])
        case .toSpatial(let slot, let destination): execution.memory.store(execution.slots[slot]!, at: destination)
        case .rowMajor(let step): try step.run(&execution.slots)
        }
    }

    private func execute() throws(InferenceError) -> [Tensor] {
        let before = dv_flush_denormals()
        defer { dv_restore_denormals(before) }
        probe?.begin()
        for index in plan.steps.indices {
            try runStep(index)
            if let probe, probe.visit(step: index, execution.memory) { return [] }
        }
        return execution.outputs
    }
}
