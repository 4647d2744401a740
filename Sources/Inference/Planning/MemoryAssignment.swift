/// Lets buffers whose lives do not overlap share memory.
///
/// Only buffers of identical geometry share: their halos coincide, so what is zero stays zero without clearing.
enum MemoryAssignment {
    private struct Geometry: Hashable {
        let images: Int, height: Int, width: Int, pixel: Int, top: Int, left: Int, bottom: Int, right: Int
    }

    /// Sets every buffer's `memory`; returns the memories' sizes in floats.
    static func assign(_ buffers: inout [BufferSpec], shares: Bool) -> [Int] {
        var sizes: [Int] = []
        var free: [Geometry: [(memory: Int, from: Int)]] = [:]
        for index in buffers.indices.sorted(by: { buffers[$0].firstUse < buffers[$1].firstUse }) {
            let b = buffers[index]
            let geometry = Geometry(
                images: b.images, height: b.height, width: b.width, pixel: b.pixel, top: b.top, left: b.left, bottom: b.bottom,
                right: b.right)
            if shares, !b.isExclusive, let reusable = free[geometry]?.firstIndex(where: { $0.from < b.firstUse }) {
                buffers[index].memory = free[geometry]!.remove(at: reusable).memory
            } else {
                buffers[index].memory = sizes.count
                sizes.append(b.floatCount)
            }
            if !b.isExclusive { free[geometry, default: []].append((buffers[index].memory, b.lastUse)) }
        }
        return sizes
    }
}
