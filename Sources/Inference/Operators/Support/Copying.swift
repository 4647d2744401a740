import Glibc
import Tensors

extension Tensor {
    /// A row-major tensor of `shape` read from this one at `offset` with `strides` (in elements; zero repeats, negative reverses).
    func strided(_ shape: Shape, offset: Int = 0, strides: [Int]) -> Tensor {
        let width = elementType.byteCount
        return Tensor(shape, type: elementType) { destination in
            copyStrided(
                extents: shape.dims, width: width, from: baseAddress + offset * width, strides, to: destination, shape.strides)
        }
    }
}

/// Copies one strided view to another: the one mover behind Transpose, Slice, Concat, Split, Expand, Tile and the shuffles.
/// Strides are in elements of `width` bytes (1, 2, 4 or 8). O(elements); contiguous runs are memcpy, transpositions are blocked.
func copyStrided(
    extents: [Int], width: Int, from source: UnsafeRawPointer, _ sourceStrides: [Int],
    to destination: UnsafeMutableRawPointer, _ destinationStrides: [Int]
) {
    let loop = StridedLoop(extents, [sourceStrides, destinationStrides])
    if loop.step(0) == 1 && loop.step(1) == 1 {
        let bytes = loop.run * width
        loop.forEachRun { memcpy(destination + $0[1] * width, source + $0[0] * width, bytes) }
        return
    }
    switch width {
    case 1: copyElements(loop, UInt8.self, source, destination)
    case 2: copyElements(loop, UInt16.self, source, destination)
    case 4: copyElements(loop, UInt32.self, source, destination)
    default: copyElements(loop, UInt64.self, source, destination)
    }
}

@inline(__always)
private func copyElements<Word: BitwiseCopyable>(
    _ loop: StridedLoop, _: Word.Type, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer
) {
    let width = MemoryLayout<Word>.size
    let (sourceStep, destinationStep) = (loop.step(0) * width, loop.step(1) * width)
    // A transposition: another axis is the contiguous one of the source. Read cache lines along it.
    if let axis = loop.strides.firstIndex(where: { $0[0] == 1 }), axis < loop.extents.count - 1 {
        let others = loop.extents.indices.dropLast().filter { $0 != axis }
        let planes = StridedLoop(others.map { loop.extents[$0] } + [1], (0..<2).map { view in others.map { loop.strides[$0][view] } + [0] })
        let rowStep = loop.strides[axis][1] * width
        let (rows, columns) = (loop.extents[axis], loop.run)
        let (planeSourceStep, planeStep) = (planes.step(0), planes.step(1))
        planes.forEachRun { start in
            for plane in 0..<planes.run {
                let from = source + (start[0] + plane * planeSourceStep) * width
                let to = destination + (start[1] + plane * planeStep) * width
                var row = 0
                while row < rows {
                    let end = min(row + 16, rows)
                    for column in 0..<columns {
                        for r in row..<end {
                            to.storeBytes(
                                of: from.load(fromByteOffset: column &* sourceStep &+ r &* width, as: Word.self),
                                toByteOffset: column &* destinationStep &+ r &* rowStep, as: Word.self)
                        }
                    }
                    row = end
                }
            }
        }
        return
    }
    let run = loop.run
    loop.forEachRun { start in
        let from = source + start[0] * width
        let to = destination + start[1] * width
        if sourceStep == 0 && destinationStep == width {
            let word = from.load(as: Word.self)
            for i in 0..<run { to.storeBytes(of: word, toByteOffset: i &* width, as: Word.self) }
        } else {
            for i in 0..<run {
                to.storeBytes(
                    of: from.load(fromByteOffset: i &* sourceStep, as: Word.self), toByteOffset: i &* destinationStep, as: Word.self)
            }
        }
    }
}
