import Glibc
import Tensors

/// Builds a tensor whose every axis picks positions of the source from a table:
///
///     out[i₀, i₁, …] = source[table₀[i₀], table₁[i₁], …]     (a negative entry gives `fill`)
///
/// Padding, gathering and nearest resizing differ only in their tables.
struct IndexedCopy {
    private var tables: [[Int]]
    /// Elements of the output below one entry of each table.
    private var blocks: [Int]
    /// Contiguous elements moved for each entry of the last table.
    private let tail: Int
    private let shape: Shape

    init(from source: Shape, tables: [[Int]]) {
        shape = Shape(tables.map(\.count))
        let strides = source.strides
        // Trailing axes taken whole are one memcpy.
        var axes = tables.count
        while axes > 0, tables[axes - 1].count == source[axes - 1],
            tables[axes - 1].enumerated().allSatisfy({ $0.offset == $0.element })
        { axes -= 1 }
        tail = axes == 0 ? source.elementCount : strides[axes - 1]
        self.tables = (0..<axes).map { axis in tables[axis].map { $0 < 0 ? -1 : $0 * strides[axis] } }
        let outStrides = shape.strides
        blocks = (0..<axes).map { outStrides[$0] }
    }

    /// The copy; `fill` is a scalar of the source's type, zero when nil.
    func callAsFunction(_ source: Tensor, fill: Tensor? = nil) -> Tensor {
        if tables.isEmpty { return source.reshaped(to: shape) }
        return Tensor(shape, type: source.elementType) { destination in
            switch source.elementType.byteCount {
            case 1: copy(source.baseAddress, destination, fill?.baseAddress.load(as: UInt8.self) ?? 0)
            case 2: copy(source.baseAddress, destination, fill?.baseAddress.load(as: UInt16.self) ?? 0)
            case 4: copy(source.baseAddress, destination, fill?.baseAddress.load(as: UInt32.self) ?? 0)
            default: copy(source.baseAddress, destination, fill?.baseAddress.load(as: UInt64.self) ?? 0)
            }
        }
    }

    @inline(__always)
    private func copy<Word: BitwiseCopyable>(_ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer, _ fill: Word) {
        let segments = tail == 1 ? contiguousSegments(tables[tables.count - 1]) : nil
        copy(axis: 0, source, destination, fill, segments)
    }

    private func copy<Word: BitwiseCopyable>(
        axis: Int, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer, _ fill: Word, _ segments: [Segment]?
    ) {
        let width = MemoryLayout<Word>.size
        let block = blocks[axis]
        let table = tables[axis]
        let isLast = axis == tables.count - 1
        if isLast, let segments {
            for segment in segments {
                let to = destination + segment.start * width
                if segment.source < 0 {
                    Self.fill(to, segment.count, fill)
                } else {
                    memcpy(to, source + segment.source * width, segment.count * width)
                }
            }
        } else if isLast && block == 1 {
            table.withUnsafeBufferPointer { table in
                for i in 0..<table.count {
                    let word = table[i] < 0 ? fill : source.load(fromByteOffset: table[i] &* width, as: Word.self)
                    destination.storeBytes(of: word, toByteOffset: i &* width, as: Word.self)
                }
            }
        } else {
            for i in table.indices {
                let to = destination + i * block * width
                if table[i] < 0 {
                    Self.fill(to, block, fill)
                } else if i > 0 && table[i] == table[i - 1] {
                    memcpy(to, to - block * width, block * width)
                } else if isLast {
                    memcpy(to, source + table[i] * width, block * width)
                } else {
                    copy(axis: axis + 1, source + table[i] * width, to, fill, segments)
                }
            }
        }
    }

    private static func fill<Word: BitwiseCopyable>(_ to: UnsafeMutableRawPointer, _ count: Int, _ word: Word) {
        for i in 0..<count { to.storeBytes(of: word, toByteOffset: i &* MemoryLayout<Word>.size, as: Word.self) }
    }

    private struct Segment { var start, count, source: Int }

    /// The table as runs of consecutive or of missing positions; nil when the runs are too short to be worth it.
    private func contiguousSegments(_ table: [Int]) -> [Segment]? {
        var segments: [Segment] = []
        for (i, entry) in table.enumerated() {
            if let last = segments.last, entry < 0 ? last.source < 0 : last.source >= 0 && entry == last.source + last.count {
                segments[segments.count - 1].count += 1
            } else {
                segments.append(Segment(start: i, count: 1, source: entry))
            }
        }
        return segments.count * 4 <= table.count ? segments : nil
    }
}
