import Tensors

/// Turns a typed graph into steps: NHWC kernels where one exists, row-major reference operators elsewhere,
/// conversions only between the two.
///
/// Values get their place while nodes are walked in order; strides are known only after every consumer has asked for
/// its halo, so kernels are built last.
struct Lowering {
    enum Draft {
        case spatial(SpatialDraft)
        case toHost(HostCopy)
        case toSpatial(slot: Int, destination: SpatialRef)
        case host(HostStep)
    }

    struct SpatialDraft {
        let node: Node
        let sources: [SpatialRef]
        let reaches: [Reach]
        let destination: SpatialRef
        let macs: Int
        /// Of the packed weights.
        let weightFloats: Int
        let makeKernel: ([BufferSpec]) -> any SpatialKernel
    }

    let typed: TypedGraph
    var buffers: [BufferSpec] = []
    var drafts: [Draft] = []
    var spatial: [ValueID: SpatialRef] = [:]
    var host: [ValueID: Int] = [:]
    var constants: [Int: Tensor] = [:]
    var hostSlotCount = 0
    /// Values that NHWC steps produce, and where concatenation wants them.
    let layout: LayoutChoice

    init(_ typed: TypedGraph) {
        self.typed = typed
        layout = LayoutChoice(typed)
    }

    mutating func run() throws(InferenceError) {
        for input in typed.graph.inputs {
            let facts = typed[input.value]!
            if layout.isSpatial(input.value) {
                spatial[input.value] = makeBuffer(for: facts.shape!)
                buffers[spatial[input.value]!.buffer].firstUse = -1
                buffers[spatial[input.value]!.buffer].isExclusive = true
            } else {
                host[input.value] = makeSlot()
            }
        }
        for node in typed.graph.nodes {
            if layout.isSpatialNode(node), let output = node.outputs[0] {
                lower(node, output)
            } else {
                lowerToHost(node)
            }
        }
    }

    // MARK: Places

    mutating func makeSlot() -> Int {
        hostSlotCount += 1
        return hostSlotCount - 1
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
        drafts.append(.toSpatial(slot: slot(value), destination: reference))
        touch(reference.buffer)
        spatial[value] = reference
        return reference
    }

    /// `value` as a row-major tensor, converted if need be.
    mutating func slot(_ value: ValueID) -> Int {
        if let known = host[value] { return known }
        let slot = makeSlot()
        if let constant = typed[value]?.constant {
            constants[slot] = constant
        } else if let reference = spatial[value] {
            touch(reference.buffer)
            drafts.append(.toHost(HostCopy(source: reference, slot: slot, shape: typed[value]!.shape!, layout: .planes)))
        }
        host[value] = slot
        return slot
    }

    /// Records that the step about to be appended uses the buffer.
    mutating func touch(_ buffer: Int) {
        buffers[buffer].firstUse = min(buffers[buffer].firstUse, drafts.count)
        buffers[buffer].lastUse = max(buffers[buffer].lastUse, drafts.count)
    }

    mutating func append(
        _ node: Node, sources: [SpatialRef], reaches: [Reach], destination: SpatialRef, macs: Int = 0,
        weightFloats: Int = 0, _ makeKernel: @escaping ([BufferSpec]) -> any SpatialKernel
    ) {
        for reference in sources + [destination] { touch(reference.buffer) }
        for (reference, reach) in zip(sources, reaches) {
            guard case .window(let window) = reach else { continue }
            buffers[reference.buffer].widen(
                top: max(0, window.padTop), left: max(0, window.padLeft),
                bottom: max(0, (destination.height - 1) * window.strideY + window.extentY - window.padTop - reference.height),
                right: max(0, (destination.width - 1) * window.strideX + window.extentX - window.padLeft - reference.width))
        }
        drafts.append(
            .spatial(
                SpatialDraft(
                    node: node, sources: sources, reaches: reaches, destination: destination, macs: macs, weightFloats: weightFloats,
                    makeKernel: makeKernel)))
    }

    private mutating func lowerToHost(_ node: Node) {
        // An NHWC copy is the one transpose that costs nothing but the copy.
        if (node.op as? Transpose)?.permutation == [0, 2, 3, 1], let input = node.inputs[0], let reference = spatial[input],
            typed[input]?.shape?.rank == 4, let output = node.outputs[0], let shape = typed[output]?.shape
        {
            touch(reference.buffer)
            host[output] = makeSlot()
            drafts.append(.toHost(HostCopy(source: reference, slot: host[output]!, shape: shape, layout: .pixels(first: 0))))
            return
        }
        if node.op is PixelRows, node.inputs.allSatisfy({ $0.map { spatial[$0] != nil } ?? false }) { return lowerRows(node) }
        let inputs = node.inputs.map { $0.map { slot($0) } }
        var outputs: [Int?] = []
        for output in node.outputs {
            if let output {
                host[output] = makeSlot()
                outputs.append(host[output])
            } else {
                outputs.append(nil)
            }
        }
        drafts.append(
            .host(
                HostStep(
                    name: node.name, kind: node.kind, op: node.op, inputs: inputs, outputs: outputs,
                    outputShape: (node.outputs.first ?? nil).flatMap { typed[$0]?.shape },
                    knownBytes: node.outputs.map { $0.flatMap { typed[$0] }.flatMap(MemoryLimit.bytes(of:)) })))
    }

    /// Each image writes its rows of one tensor.
    private mutating func lowerRows(_ node: Node) {
        let output = node.outputs[0]!, shape = typed[output]!.shape!
        host[output] = makeSlot()
        var first = 0
        for reference in node.inputs.map({ spatial[$0!]! }) {
            touch(reference.buffer)
            drafts.append(.toHost(HostCopy(source: reference, slot: host[output]!, shape: shape, layout: .pixels(first: first))))
            first += reference.height * reference.width
        }
    }

    // MARK: Finish

    struct Built {
        var inputs: [PlanInput]
        var outputs: [PlanOutput]
        var steps: [PlanStep]
        var buffers: [BufferSpec]
        var memories: [Int]
        var constants: [Int: Tensor]
        var hostSlotCount: Int
        var hostBytes: Int
    }

    mutating func finish(sharesMemory: Bool) throws(InferenceError) -> Built {
        let outputs = typed.graph.outputs.map { name, value in
            PlanOutput(
                name: name, elementType: typed[value]?.elementType ?? .float32, shape: typed[value]?.shape, place: .host(slot(value)))
        }
        let inputs = typed.graph.inputs.map { input in
            PlanInput(
                name: input.name, elementType: input.elementType, shape: typed[input.value]!.shape!,
                place: layout.isSpatial(input.value) ? .spatial(spatial[input.value]!) : .host(host[input.value]!))
        }
        try checkBuffers()
        let memories = MemoryAssignment.assign(&buffers, shares: sharesMemory)
        let room = try roomLeft(by: memories)
        let steps: [PlanStep] = drafts.map { draft in
            switch draft {
            case .toHost(let copy): return .toHost(copy)
            case .toSpatial(let slot, let destination): return .toSpatial(slot: slot, destination: destination)
            case .host(var step):
                step.room = step.isOpen ? room : nil
                return .host(step)
            case .spatial(let draft):
                return .spatial(
                    SpatialStep(
                        name: draft.node.name, kind: draft.node.kind, kernel: draft.makeKernel(buffers), sources: draft.sources,
                        reaches: draft.reaches, destination: draft.destination, macs: draft.macs))
            }
        }
        return Built(
            inputs: inputs, outputs: outputs, steps: steps, buffers: buffers, memories: memories, constants: constants,
            hostSlotCount: hostSlotCount, hostBytes: hostBytes)
    }

}
