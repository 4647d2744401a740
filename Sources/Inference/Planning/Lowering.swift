import Tensors

/// Turns a typed graph into steps: NHWC kernels where operators have them, row-major reference operators elsewhere, conversions only
/// between the two.
///
/// Values get their place while nodes are walked in order; strides are known only after every consumer has asked for
/// its halo, so kernels are built last.
struct Lowering {
    enum Draft {
        case spatial(SpatialDraft)
        case toRowMajor(RowMajorCopy)
        case toSpatial(SpatialCopy)
        case rowMajor(RowMajorStep)
    }

    struct SpatialDraft {
        let name: String
        let kind: String
        let step: SpatialLowering.Step
        let sources: [SpatialRef]
        let destination: SpatialRef
    }

    let typed: TypedGraph
    var buffers: [BufferSpec] = []
    var drafts: [Draft] = []
    var spatial: [ValueID: SpatialRef] = [:]
    /// Where row-major tensors are kept.
    var slots: [ValueID: Int] = [:]
    var constants: [Int: Tensor] = [:]
    var slotCount = 0
    let layout: LayoutChoice

    init(_ typed: TypedGraph) {
        self.typed = typed
        layout = LayoutChoice(typed)
    }

    mutating func run() {
        for input in typed.graph.inputs {
            let facts = typed[input.value]!
            if layout.isSpatial(input.value) {
                spatial[input.value] = makeBuffer(for: facts.shape!)
                buffers[spatial[input.value]!.buffer].firstUse = -1
                buffers[spatial[input.value]!.buffer].isExclusive = true
            } else {
                slots[input.value] = makeSlot()
            }
        }
        for node in typed.graph.nodes {
            if let lowering = layout.lowering(of: node) {
                lower(node, lowering, to: node.outputs[0]!)
            } else {
                lowerToRowMajor(node)
            }
        }
    }

    // MARK: Places

    mutating func makeSlot() -> Int {
        slotCount += 1
        return slotCount - 1
    }

    /// [N,C,H,W] or [N,C] as images.
    mutating func makeBuffer(for shape: Shape) -> SpatialRef {
        let (n, c) = (shape[0], shape[1]), h = shape.rank == 4 ? shape[2] : 1, w = shape.rank == 4 ? shape[3] : 1
        buffers.append(BufferSpec(images: n, height: h, width: w, pixel: c < 16 ? c : (c + 15) / 16 * 16))
        return SpatialRef(buffer: buffers.count - 1, channelOffset: 0, images: n, height: h, width: w, channels: c)
    }

    /// Where `value` is to be written: its own buffer, or its channels of a concatenation's.
    mutating func destination(_ value: ValueID) -> SpatialRef {
        if let known = spatial[value] { return known }
        let shape = typed[value]!.shape!
        let reference: SpatialRef
        if let (concat, offset) = layout.placement[value] {
            var parent = destination(concat)
            parent.channelOffset += offset
            parent.channels = shape[1]
            reference = parent
        } else {
            reference = makeBuffer(for: shape)
        }
        spatial[value] = reference
        return reference
    }

    /// `value` as an image, converted if need be.
    mutating func source(_ value: ValueID) -> SpatialRef {
        if let known = spatial[value] { return known }
        let reference = makeBuffer(for: typed[value]!.shape!)
        fill(reference, from: value, isByPixel: false)
        spatial[value] = reference
        return reference
    }

    private mutating func fill(_ reference: SpatialRef, from value: ValueID, isByPixel: Bool) {
        let copy = SpatialCopy(slot: slot(value), destination: reference, isByPixel: isByPixel)
        touch(reference.buffer)
        drafts.append(.toSpatial(copy))
    }

    /// `value` as a row-major tensor, converted if need be.
    mutating func slot(_ value: ValueID) -> Int {
        if let known = slots[value] { return known }
        let slot = makeSlot()
        if let constant = typed[value]?.constant {
            constants[slot] = constant
        } else if let reference = spatial[value] {
            touch(reference.buffer)
            drafts.append(.toRowMajor(RowMajorCopy(source: reference, slot: slot, shape: typed[value]!.shape!, layout: .planes)))
        }
        slots[value] = slot
        return slot
    }

    /// Records that the step about to be appended uses the buffer.
    mutating func touch(_ buffer: Int) {
        buffers[buffer].firstUse = min(buffers[buffer].firstUse, drafts.count)
        buffers[buffer].lastUse = max(buffers[buffer].lastUse, drafts.count)
    }

    // MARK: Steps

    private mutating func lower(_ node: Node, _ lowering: SpatialLowering, to output: ValueID) {
        switch lowering.kind {
        case .step(let step):
            let sources = step.sources.map { source($0.value) }
            var destination = destination(output)
            if let channels = step.channels {
                // The other channels are never written, so they must never hold anything else.
                buffers[destination.buffer].isExclusive = true
                destination.channelOffset += channels.lowerBound
                destination.channels = channels.count
            }
            append(node, node.name, step, sources, destination)
        case .view(let value, let firstChannel):
            var view = source(value)
            view.channelOffset += firstChannel
            view.channels = typed[output]!.shape![1]
            spatial[output] = view
        case .concatenation(let values):
            let whole = destination(output)
            var part = whole
            for (index, value) in values.enumerated() {
                let from = source(value)
                part.channels = from.channels
                // What was written in place needs no copy; a value used twice in one concatenation does once.
                if from.buffer != part.buffer || from.channelOffset != part.channelOffset {
                    let copy = SpatialLowering.Step(sources: [(value, .pixel)]) { _ in CopyKernel(channels: from.channels) }
                    append(node, "\(node.name)/\(index)", copy, [from], part)
                }
                part.channelOffset += from.channels
            }
        case .image(let rows): fill(destination(output), from: rows, isByPixel: true)
        case .pixelRows(let values):
            let slot = makeSlot(), shape = typed[output]!.shape!
            slots[output] = slot
            var first = 0
            for value in values {
                let from = source(value)
                touch(from.buffer)
                drafts.append(.toRowMajor(RowMajorCopy(source: from, slot: slot, shape: shape, layout: .pixels(first: first))))
                first += from.height * from.width
            }
        }
    }

    private mutating func append(
        _ node: Node, _ name: String, _ step: SpatialLowering.Step, _ sources: [SpatialRef], _ destination: SpatialRef
    ) {
        for reference in sources + [destination] { touch(reference.buffer) }
        for (reference, source) in zip(sources, step.sources) {
            switch source.field {
            case .pixel, .whole: break
            case .window(let window):
                buffers[reference.buffer].widen(
                    top: max(0, window.padTop), left: max(0, window.padLeft),
                    bottom: max(0, (destination.height - 1) * window.strideY + window.extentY - window.padTop - reference.height),
                    right: max(0, (destination.width - 1) * window.strideX + window.extentX - window.padLeft - reference.width))
            case .table(let rows, let columns):
                buffers[reference.buffer].widen(
                    top: -min(0, rows.map(\.first).min() ?? 0), left: -min(0, columns.map(\.first).min() ?? 0),
                    bottom: max(0, (rows.map(\.last).max() ?? 0) - reference.height + 1),
                    right: max(0, (columns.map(\.last).max() ?? 0) - reference.width + 1))
            }
        }
        drafts.append(.spatial(SpatialDraft(name: name, kind: node.kind, step: step, sources: sources, destination: destination)))
    }

    private mutating func lowerToRowMajor(_ node: Node) {
        let inputs = node.inputs.map { $0.map { slot($0) } }
        var outputs: [Int?] = []
        for output in node.outputs {
            let slot = output.map { _ in makeSlot() }
            if let output { slots[output] = slot }
            outputs.append(slot)
        }
        drafts.append(
            .rowMajor(
                RowMajorStep(
                    name: node.name, kind: node.kind, op: node.op, inputs: inputs, outputs: outputs,
                    outputShape: (node.outputs.first ?? nil).flatMap { typed[$0]?.shape },
                    knownBytes: node.outputs.map { $0.flatMap { typed[$0] }.flatMap(MemoryLimit.bytes(of:)) })))
    }

    // MARK: Finish

    mutating func finish(sharesMemory: Bool) throws(InferenceError) -> (
        inputs: [PlanInput], outputs: [PlanOutput], steps: [PlanStep], bands: [BandGroup], memories: [Int], budget: MemoryBudget
    ) {
        let outputs = typed.graph.outputs.map { name, value in
            PlanOutput(name: name, elementType: typed[value]?.elementType ?? .float32, shape: typed[value]?.shape, slot: slot(value))
        }
        let inputs = typed.graph.inputs.map { input in
            PlanInput(
                name: input.name, elementType: input.elementType, shape: typed[input.value]!.shape!,
                place: layout.isSpatial(input.value) ? .spatial(spatial[input.value]!) : .rowMajor(slots[input.value]!))
        }
        try checkBuffers()
        let bands = BandGroup.find(in: drafts.map(\.bandStep))
        for (result, added) in inPlaceSums(in: bands) { buffers[result].replaced = added }
        for group in bands { keepBuffers(through: group) }
        let memories = MemoryAssignment.assign(&buffers, shares: sharesMemory)
        let budget = try budgetLeft(by: memories)
        let steps: [PlanStep] = drafts.map { draft in
            switch draft {
            case .toRowMajor(let copy): return .toRowMajor(copy)
            case .toSpatial(let copy): return .toSpatial(copy)
            case .rowMajor(var step):
                step.budget = step.isOpen ? budget : nil
                return .rowMajor(step)
            case .spatial(let draft):
                return .spatial(
                    SpatialStep(
                        name: draft.name, kind: draft.kind, kernel: draft.step.makeKernel(draft.sources.map { buffers[$0.buffer] }),
                        sources: draft.sources, values: draft.step.sources.map(\.value), fields: draft.step.sources.map(\.field),
                        destination: draft.destination,
                        macs: draft.step.macs))
            }
        }
        return (inputs, outputs, steps, bands, memories, budget)
    }

    /// Has all that a group uses live as long as the group: while its last step runs, its first may run too.
    private mutating func keepBuffers(through group: BandGroup) {
        for index in group.steps {
            guard case .spatial(let draft) = drafts[index] else { continue }
            for reference in draft.sources + [draft.destination] {
                buffers[reference.buffer].firstUse = min(buffers[reference.buffer].firstUse, group.steps.lowerBound)
                buffers[reference.buffer].lastUse = max(buffers[reference.buffer].lastUse, group.steps.upperBound - 1)
            }
        }
    }
}

extension Lowering.Draft {
    /// Nil where it cannot be computed in bands.
    fileprivate var bandStep: BandStep? {
        guard case .spatial(let draft) = self else { return nil }
        return BandStep(
            sources: draft.sources, fields: draft.step.sources.map(\.field), destination: draft.destination,
            weightBytes: draft.step.weightFloats * 4)
    }
}
