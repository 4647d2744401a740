import Tensors

// Refuses plans that would not fit, before any of it is taken.

extension Lowering {
    /// Bytes of the row-major tensors whose shapes are known: sessions keep them from run to run.
    var hostBytes: Int { hostTensors.values.reduce(0) { $0 + $1.bytes } }

    /// - Throws: `InferenceError` naming the node of an image that is too large with its borders.
    func checkBuffers() throws(InferenceError) {
        let limit = typed.memory
        for (index, buffer) in buffers.enumerated() where buffer.estimatedBytes > Double(limit.bytes) {
            let writer = writer(of: index)
            throw InferenceError(
                .tooLarge,
                "\(writer.kind): \(buffer.images)×\(buffer.height)×\(buffer.width) pixels of \(buffer.pixel) channels with borders of \(buffer.top)+\(buffer.bottom) rows and \(buffer.left)+\(buffer.right) columns take more than the \(limit.described)",
                node: writer.node)
        }
    }

    /// What is left for tensors whose shapes depend on data.
    /// - Throws: `InferenceError` naming the largest tensor when all together are too large.
    func roomLeft(by memories: [Int]) throws(InferenceError) -> HostRoom {
        let tensors = hostTensors
        var total = memories.reduce(0, +) * 4 + typed.foldedBytes, largest = (node: "", kind: "", bytes: 0), open: [Int] = []
        for tensor in tensors.values {
            total += tensor.bytes
            if tensor.bytes > largest.bytes { largest = tensor }
        }
        for draft in drafts {
            if case .spatial(let spatial) = draft { total += spatial.weightFloats * 4 }
            if case .host(let step) = draft { open += step.openSlots }
        }
        let limit = typed.memory
        guard total > limit.bytes else { return HostRoom(limit: limit, taken: total, slots: open) }
        for (index, buffer) in buffers.enumerated() where buffer.floatCount * 4 > largest.bytes {
            let writer = writer(of: index)
            largest = (writer.node, writer.kind, buffer.floatCount * 4)
        }
        throw InferenceError(
            .tooLarge,
            "the model's tensors take \(MemoryLimit.text(total)), the largest of them (\(largest.kind)) \(MemoryLimit.text(largest.bytes)), of \(limit.described)",
            node: largest.node)
    }

    /// Who fills a buffer first.
    private func writer(of buffer: Int) -> (node: String, kind: String) {
        for case .spatial(let draft) in drafts where draft.destination.buffer == buffer { return (draft.node.name, draft.node.kind) }
        return ("input", "input")
    }

    private var hostTensors: [Int: (node: String, kind: String, bytes: Int)] {
        var tensors: [Int: (node: String, kind: String, bytes: Int)] = [:]
        for draft in drafts {
            switch draft {
            case .toHost(let copy):
                let writer = writer(of: copy.source.buffer)
                tensors[copy.slot] = (writer.node, writer.kind, MemoryLimit.bytes(of: copy.shape, .float32))
            case .host(let step):
                for case (let slot?, let bytes?) in zip(step.outputs, step.knownBytes) { tensors[slot] = (step.name, step.kind, bytes) }
            case .spatial, .toSpatial: break
            }
        }
        return tensors
    }
}

extension HostStep {
    /// Where tensors go whose shapes depend on data.
    fileprivate var openSlots: [Int] { zip(outputs, knownBytes).compactMap { slot, bytes in bytes == nil ? slot : nil } }
    var isOpen: Bool { !openSlots.isEmpty }
}

extension BufferSpec {
    /// Not by integers: what a hostile model asks for need not fit one.
    fileprivate var estimatedBytes: Double {
        let rows = Double(top) + Double(height) + Double(bottom), columns = Double(left) + Double(width) + Double(right)
        return 4 * Double(images) * Double(pixel) * rows * columns
    }
}
