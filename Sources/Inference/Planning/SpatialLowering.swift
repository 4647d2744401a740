import Tensors

/// One node while a plan is made, and what is known around it: what operators choose their lowering by.
public struct PlannedNode {
    let node: Node
    let typed: TypedGraph
    let isSpatialValue: (ValueID) -> Bool

    /// Input `index`; nil where the model leaves it out.
    func input(_ index: Int) -> ValueID? { node.inputs.optional(index) }
    func facts(_ index: Int) -> ValueFacts? { input(index).flatMap { typed[$0] } }
    func shape(_ index: Int) -> Shape? { facts(index)?.shape }
    func constant(_ index: Int) -> Tensor? { facts(index)?.constant }
    /// The elements of a constant integer input; nil where it is neither.
    func integers(_ index: Int) -> [Int]? { typed.integers(node.inputs, index) }
    /// Whether input `index` lives as an NHWC image.
    func isSpatial(_ index: Int) -> Bool { input(index).map(isSpatialValue) ?? false }
    /// How a layer rounds this input of its, of which its products are.
    func rounding(of value: ValueID) -> Rounding {
        switch typed.precision {
        case .fp32: .none
        case .bf16: .bf16
        case .int8: typed.levels[value].map(Rounding.int8) ?? .none
        }
    }

    /// Of output 0.
    var outputShape: Shape { typed[node.outputs[0]!]!.shape! }
}

/// What a node becomes on NHWC images.
public struct SpatialLowering {
    enum Kind {
        /// One kernel computes the output.
        case step(Step)
        /// The output is a run of channels of `value`'s own memory, from `firstChannel` on: nothing is computed.
        case view(of: ValueID, firstChannel: Int)
        /// The values side by side in the output's channels. Whoever computes one writes it in place where it can; the others are copied.
        case concatenation([ValueID])
        /// The output is an image whose pixels are the rows of a row-major tensor, as they lie in memory.
        case image(rows: ValueID)
        /// The output is a row-major tensor of the values' pixels as they lie in memory, one image after the other: [N, H, W, C] or [N, R, C].
        case pixelRows([ValueID])
    }

    struct Step {
        /// The images that the kernel reads, and which of their pixels an output pixel depends on.
        let sources: [(value: ValueID, field: ReceptiveField)]
        /// The output's channels that the kernel writes; nil for all. The others are zero for good.
        var channels: Range<Int>?
        /// Multiply-accumulates of a whole run.
        var macs = 0
        /// Floats of the packed weights.
        var weightFloats = 0
        /// The source, if any, of which the kernel reads a pixel just before it writes that pixel: the output may take its memory.
        var addedSource: Int?
        /// Makes the kernel, once the strides of the sources are known: their buffers, in order.
        let makeKernel: ([BufferSpec]) -> any SpatialKernel
    }

    let kind: Kind

    static func step(
        reading sources: [(value: ValueID, field: ReceptiveField)], channels: Range<Int>? = nil, macs: Int = 0, weightFloats: Int = 0,
        addedSource: Int? = nil, _ makeKernel: @escaping ([BufferSpec]) -> any SpatialKernel
    ) -> SpatialLowering {
        let step = Step(
            sources: sources, channels: channels, macs: macs, weightFloats: weightFloats, addedSource: addedSource, makeKernel: makeKernel)
        return SpatialLowering(kind: .step(step))
    }

    /// A step of one source, of which every output pixel reads the same pixel.
    static func pixelwise(_ value: ValueID, _ makeKernel: @escaping () -> any SpatialKernel) -> SpatialLowering {
        step(reading: [(value, .pixel)]) { _ in makeKernel() }
    }

    static func view(of value: ValueID, firstChannel: Int = 0) -> SpatialLowering {
        SpatialLowering(kind: .view(of: value, firstChannel: firstChannel))
    }

    /// Whether the output lives as an image.
    var isSpatial: Bool { if case .pixelRows = kind { false } else { true } }

    /// Whether the output can be written anywhere, the inside of a larger image included.
    var isPlaceable: Bool {
        switch kind {
        case .step(let step): step.channels == nil
        case .concatenation, .image: true
        case .view, .pixelRows: false
        }
    }
}
