import Tensors

// Refuses plans that would not fit, before any of it is taken.

extension Lowering {
    /// Bytes of the row-major tensors whose shapes are known: sessions keep them from run to run.
    var rowMajorBytes: Int { rowMajorTensors.values.reduce(0) { $0 + $1.bytes } }

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
    func budgetLeft(by memories: [Int]) throws(InferenceError) -> MemoryBudget {
        let tensors = rowMajorTensors
        var total = memories.reduce(0, +) * 4 + typed.foldedBytes, largest = (node: "", kind: "", bytes: 0), open: [Int] = []
        for tensor in tensors.values {
            total += tensor.bytes
            if tensor.bytes > largest.bytes { largest = tensor }
        }
        for draft in drafts {
            if case .spatial(let spatial) = draft { total += spatial.step.weightFloats * 4 }
            if case .rowMajor(let step) = draft { open += step.openSlots }
        }
        let limit = typed.memory
        guard total > limit.bytes else { return MemoryBudget(limit: limit, taken: total, slots: open) }
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
        for case .spatial(let draft) in drafts where draft.destination.buffer == buffer { return (draft.name, draft.kind) }
        return ("input", "input")
    }

    private var rowMajorTensors: [Int: (node: String, kind: String, bytes: Int)] {
        var tensors: [Int: (node: String, kind: String, bytes: Int)] = [:]
        for draft in drafts {
            switch draft {
            case .toRowMajor(let copy):
                let writer = writer(of: copy.source.buffer)
                tensors[copy.slot] = (writer.node, writer.kind, MemoryLimit.bytes(of: copy.shape, .float32))
            case .rowMajor(let step):
                for case (let slot?, let bytes?) in zip(step.outputs, step.knownBytes) { tensors[slot] = (step.name, step.kind, bytes) }
            case .spatial, .toSpatial: break
            }
        }
        return tensors
    }
}

extension RowMajorStep {
    /// Where tensors go whose shapes depend on data.
    fileprivate var openSlots: [Int] { zip(outputs, knownBytes).compactMap { slot, bytes in bytes == nil ? slot : nil } }
    var isOpen: Bool { !openSlots.isEmpty }
}

extension BufferSpec {
    /// Without what it is used for and where.
    fileprivate var geometry: BufferSpec {
        var geometry = self
        (geometry.firstUse, geometry.lastUse, geometry.replaced, geometry.memory) = (0, 0, nil, 0)
        return geometry
    }

    /// Not by integers: what a hostile model asks for need not fit one.
    fileprivate var estimatedBytes: Double {
        let rows = Double(top) + Double(height) + Double(bottom), columns = Double(left) + Double(width) + Double(right)
        return 4 * Double(images) * Double(pixel) * rows * columns
    }
}

/// Lets buffers whose lives do not overlap share memory.
///
/// Only buffers of identical geometry share: their halos coincide, so what is zero stays zero without clearing.
enum MemoryAssignment {
    /// Sets every buffer's `memory`; returns the memories' sizes in floats.
    static func assign(_ buffers: inout [BufferSpec], shares: Bool) -> [Int] {
        var sizes: [Int] = []
        var free: [BufferSpec: [(memory: Int, from: Int)]] = [:]
        // Those that replace each other live in one memory, from the first one's first use to the last one's last.
        let owners = buffers.indices.map { shares ? owner(of: $0, in: buffers) : $0 }
        var lastUses = buffers.map(\.lastUse)
        for (index, owner) in owners.enumerated() { lastUses[owner] = max(lastUses[owner], buffers[index].lastUse) }
        for index in buffers.indices.sorted(by: { buffers[$0].firstUse < buffers[$1].firstUse }) where owners[index] == index {
            let b = buffers[index], geometry = b.geometry
            if shares, !b.isExclusive, let reusable = free[geometry]?.lastIndex(where: { $0.from < b.firstUse }) {
                buffers[index].memory = free[geometry]!.remove(at: reusable).memory
            } else {
                buffers[index].memory = sizes.count
                sizes.append(b.floatCount)
            }
            if !b.isExclusive { free[geometry, default: []].append((buffers[index].memory, lastUses[index])) }
        }
        for (index, owner) in owners.enumerated() { buffers[index].memory = buffers[owner].memory }
        return sizes
    }

    /// The first of the buffers that `index` replaces, one after the other, as far as they are alike.
    private static func owner(of index: Int, in buffers: [BufferSpec]) -> Int {
        var owner = index
        while let replaced = buffers[owner].replaced, !buffers[owner].isExclusive, !buffers[replaced].isExclusive,
            buffers[owner].geometry == buffers[replaced].geometry
        { owner = replaced }
        return owner
    }
}
