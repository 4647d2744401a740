import Tensors

/// A graph made ready to run at fixed input shapes: steps in order, packed weights, buffers. Immutable; sessions share it.
public final class Plan: Sendable {
    public let inputs: [PlanInput]
    public let outputs: [PlanOutput]
    package let steps: [PlanStep]
    /// Steps that dense runs compute together, in order.
    package let bands: [BandGroup]
    package let buffers: [BufferSpec]
    /// Sizes of the memories that buffers live in, in floats.
    package let memories: [Int]
    /// Row-major tensors known beforehand; slots of others are filled while running.
    package let constants: [Int: Tensor]
    package let slotCount: Int
    /// Of the row-major tensors whose shapes do not depend on data.
    private let rowMajorBytes: Int
    /// What all of it takes, and may take.
    private let budget: MemoryBudget

    /// - Parameters:
    ///   - inputShapes: per input name; needed only where the model leaves dimensions open.
    ///   - precision: what convolutions and products with constants are computed in; it has to be available.
    ///   - sharesMemory: buffers whose lives do not overlap share memory; see `keepingActivations()`.
    ///   - memory: what its tensors may take. What depends on data is compared with it while running.
    /// - Throws: `InferenceError` naming the node that cannot be planned.
    public convenience init(
        _ graph: Graph, inputShapes: [String: Shape] = [:], precision: Precision = .fp32, sharesMemory: Bool = true,
        memory: MemoryLimit = .machine
    ) throws(InferenceError) {
        var typed = try TypedGraph(graph, inputShapes: inputShapes, memory: memory)
        typed.precision = precision
        typed.optimize()
        try self.init(typed, sharesMemory: sharesMemory)
    }

    public init(_ typed: TypedGraph, sharesMemory: Bool = true) throws(InferenceError) {
        var typed = typed
        if typed.precision == .int8 { typed.levels.merge(typed.quantizedLevels()) { $1 } }
        var lowering = Lowering(typed)
        lowering.run()
        (inputs, outputs, steps, bands, memories, budget) = try lowering.finish(sharesMemory: sharesMemory)
        (buffers, constants, slotCount) = (lowering.buffers, lowering.constants, lowering.slotCount)
        rowMajorBytes = lowering.rowMajorBytes
    }

    /// The same steps and weights, where every activation has memory of its own and so outlives the run: they are what an incremental
    /// session caches. O(buffers).
    /// - Throws: `InferenceError` with code `tooLarge` when that is more than a model may take.
    public func keepingActivations() throws(InferenceError) -> Plan {
        var buffers = buffers
        let memories = MemoryAssignment.assign(&buffers, shares: false)
        let more = (memories.reduce(0, +) - self.memories.reduce(0, +)) * 4
        guard let budget = budget.taking(more) else {
            throw InferenceError(
                .tooLarge,
                "the model's tensors take \(MemoryLimit.text(budget.taken + more)) where all are kept for reuse, of \(budget.limit.described); without reuse they take \(MemoryLimit.text(budget.taken))"
            )
        }
        return Plan(self, buffers: buffers, memories: memories, budget: budget)
    }

    private init(_ other: Plan, buffers: [BufferSpec], memories: [Int], budget: MemoryBudget) {
        (inputs, outputs, bands) = (other.inputs, other.outputs, other.bands)
        (self.buffers, self.memories, self.budget) = (buffers, memories, budget)
        (constants, slotCount, rowMajorBytes) = (other.constants, other.slotCount, other.rowMajorBytes)
        steps = other.steps.map { step in
            guard case .rowMajor(var own) = step, own.budget != nil else { return step }
            own.budget = budget
            return .rowMajor(own)
        }
    }

    /// Multiply-accumulates of one dense run.
    public var macs: Int { steps.reduce(0) { $0 + $1.macs } }
    /// Bytes of activations that a session of this plan holds: images, and row-major tensors whose shapes do not depend on data.
    public var activationBytes: Int { memories.reduce(0, +) * 4 + rowMajorBytes }
    /// The same of a session that keeps them all (`keepingActivations()`).
    public var keptActivationBytes: Int { buffers.reduce(0) { $0 + $1.floatCount } * 4 + rowMajorBytes }

    /// What `inspect` lists: one line a step.
    public var layers: [LayerSummary] { steps.map(\.summary) }
}

public struct PlanInput: Sendable {
    public let name: String
    public let elementType: ElementType
    public let shape: Shape
    package let place: Place
}

public struct PlanOutput: Sendable {
    public let name: String
    public let elementType: ElementType
    /// Nil when it depends on data.
    public let shape: Shape?
    let slot: Int
}

/// Where a value is found while running.
package enum Place: Sendable {
    case spatial(SpatialRef)
    /// The slot of a row-major tensor.
    case rowMajor(Int)
}

public struct LayerSummary: Sendable {
    public let name: String
    public let kind: String
    public let outputShape: Shape?
    public let macs: Int
    /// Whether it runs on NHWC kernels or as a row-major reference operator.
    public let isSpatial: Bool
}

package enum PlanStep: Sendable {
    case spatial(SpatialStep)
    /// NHWC → row-major tensor.
    case toRowMajor(RowMajorCopy)
    /// Row-major tensor → NHWC.
    case toSpatial(SpatialCopy)
    case rowMajor(RowMajorStep)
}

/// A kernel over images.
package struct SpatialStep: Sendable {
    package let name: String
    package let kind: String
    package let kernel: any SpatialKernel
    package let sources: [SpatialRef]
    /// By source: the value of the graph that it holds.
    let values: [ValueID]
    /// By source: what an output pixel reads of it.
    package let fields: [ReceptiveField]
    package let destination: SpatialRef
    package let macs: Int
}

/// A step that makes images row-major.
package struct RowMajorCopy: Sendable {
    package enum Layout: Sendable {
        /// [N, C, H, W].
        case planes
        /// C values a pixel, as in memory: [N, H, W, C], or [N, R, C], of whose R rows these are H·W from `first` on.
        case pixels(first: Int)
    }

    package let source: SpatialRef
    package let slot: Int
    /// Of the tensor in the slot; several steps may each write a part of it.
    package let shape: Shape
    package let layout: Layout
}

/// A step that makes images of a row-major tensor.
package struct SpatialCopy: Sendable {
    package let slot: Int
    package let destination: SpatialRef
    /// Whether the tensor has a pixel's channels side by side, as images have; else it is [N, C, H, W].
    package let isByPixel: Bool
}

/// An operator on row-major tensors.
package struct RowMajorStep: Sendable {
    package let name: String
    package let kind: String
    package let op: any Operator
    package let inputs: [Int?]
    package let outputs: [Int?]
    package let outputShape: Shape?
    /// By output; nil where the shape depends on data, or nobody wants it.
    package let knownBytes: [Int?]
    /// What those may take; nil when there are none.
    package var budget: MemoryBudget?
}

extension PlanStep {
    var macs: Int { if case .spatial(let step) = self { step.macs } else { 0 } }

    /// The image that it writes; nil for row-major steps.
    package var destination: SpatialRef? {
        switch self {
        case .spatial(let step): step.destination
        case .toSpatial(let copy): copy.destination
        case .toRowMajor, .rowMajor: nil
        }
    }

    var summary: LayerSummary {
        switch self {
        case .spatial(let step):
            let d = step.destination
            return LayerSummary(
                name: step.name, kind: step.kind, outputShape: [d.images, d.channels, d.height, d.width], macs: step.macs, isSpatial: true)
        case .toRowMajor(let copy): return LayerSummary(name: "", kind: "NHWC→rows", outputShape: copy.shape, macs: 0, isSpatial: true)
        case .toSpatial(let copy):
            let d = copy.destination
            return LayerSummary(
                name: "", kind: "rows→NHWC", outputShape: [d.images, d.channels, d.height, d.width], macs: 0, isSpatial: true)
        case .rowMajor(let step):
            return LayerSummary(name: step.name, kind: step.kind, outputShape: step.outputShape, macs: 0, isSpatial: false)
        }
    }
}
