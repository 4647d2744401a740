import CKernels
import Tensors

/// What every run of a plan needs, whatever it computes: activations, row-major tensors, threads. Not thread-safe.
package final class PlanExecution {
    package let plan: Plan
    package let memory: ActivationMemory
    package let pool: WorkerPool
    /// Row-major tensors.
    package var slots: [Tensor?]
    /// By step: how the threads divide it when all of it is computed.
    private let partitions: [[WorkPartition]]

    /// - Parameter threads: how many threads compute, the caller included.
    package init(_ plan: Plan, threads: Int) {
        self.plan = plan
        memory = ActivationMemory(plan)
        pool = WorkerPool(count: threads)
        slots = (0..<plan.slotCount).map { plan.constants[$0] }
        partitions = plan.steps.map { step in
            if case .spatial(let step) = step { WorkPartition.divide(step, among: max(1, threads)) } else { [] }
        }
    }

    /// Computes all pixels of a step with a kernel.
    package func runWhole(_ step: SpatialStep, at index: Int) {
        let parts = partitions[index]
        for image in 0..<step.destination.images {
            let destination = memory.image(step.destination, image)
            withUnsafeTemporaryAllocation(of: Image.self, capacity: step.sources.count) { sources in
                for (index, source) in step.sources.enumerated() { sources.initializeElement(at: index, to: memory.image(source, image)) }
                let base = UnsafePointer(sources.baseAddress!)
                if parts.count == 1 {
                    parts[0].run(step.kernel, base, destination)
                } else {
                    pool.run { worker in parts[worker].run(step.kernel, base, destination) }
                }
            }
        }
    }

    /// The results, once all steps have run.
    package var outputs: [Tensor] {
        plan.outputs.map { output in
            guard case .rowMajor(let slot) = output.place else { preconditionFailure("outputs are row-major") }
            return slots[slot]!
        }
    }
}

/// One worker's part of a dense layer: rows, or channels when there are few pixels.
package struct WorkPartition {
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

    package static func divide(_ step: SpatialStep, among threads: Int) -> [WorkPartition] {
        let d = step.destination, pixels = d.height * d.width
        let rows = d.rows
        let work = max(step.macs / d.images, pixels * d.channels * 4)
        guard threads > 1, work >= worthwhileWork else { return [WorkPartition(spans: rows, slices: nil)] }
        let slices = step.kernel.channelSlices
        if pixels < 16 * threads, slices > 1 {
            return (0..<threads).map { WorkPartition(spans: rows, slices: slices * $0 / threads..<slices * ($0 + 1) / threads) }
        }
        guard pixels >= 2 * threads else { return [WorkPartition(spans: rows, slices: nil)] }
        return (0..<threads).map { part in
            WorkPartition(spans: cut(width: d.width, from: pixels * part / threads, to: pixels * (part + 1) / threads), slices: nil)
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

extension RowMajorStep {
    package func run(_ slots: inout [Tensor?]) throws(InferenceError) {
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
