import CKernels
import Glibc

/// An image operand as a kernel sees it, for one image of the batch.
package typealias Image = dv_image

/// A kernel bound to its weights and strides. Immutable; any number of threads may run it on disjoint spans.
package protocol SpatialKernel: Sendable {
    /// Computes the spans' pixels of `destination` from `sources`. When `isCompact` the k-th pixel goes to
    /// destination pixel k instead of its own place.
    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool)
    /// How many slices of channels the work can be cut into when there are too few pixels to share (1: none).
    var channelSlices: Int { get }
    /// As `run`, for channel slices [first, last) only.
    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, first: Int, last: Int)
    /// Whether it computes; false when it only moves pixels, whose change its source has already judged.
    var changesValues: Bool { get }
    /// Outputs that are a multiple of this apart on each axis, and see the same, have the same bits; others may differ by a rounding.
    var period: Int { get }
    /// The function applied last; identity where there is none.
    var activation: Unary.Function { get }
    /// How a squared change of the outputs is owed to the sources: how much a squared change of one value of each source moves the squares of
    /// the outputs, one figure a source channel. That is the adjoint of the kernel with its coefficients squared, as if changes of different
    /// values were independent: enough to tell channels that matter from those that do not.
    ///
    /// - Parameter importance: of a squared change before the activation, one figure a destination channel.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]]
}

/// What `SpatialKernel.importance` needs to know of the values that a layer saw.
package struct LayerStatistics {
    package let sources: [SpatialRef]
    package let destination: SpatialRef
    /// Mean squared slope of the activation, one a destination channel.
    package let slopes: [Float]
    /// Mean square of each channel of a source.
    package let meanSquares: (SpatialRef) -> [Float]

    package init(sources: [SpatialRef], destination: SpatialRef, slopes: [Float], meanSquares: @escaping (SpatialRef) -> [Float]) {
        (self.sources, self.destination, self.slopes, self.meanSquares) = (sources, destination, slopes, meanSquares)
    }

    /// Outputs per source pixel.
    var density: Float {
        Float(destination.height * destination.width) / Float(max(1, sources[0].height * sources[0].width))
    }

    /// What a residual that is added to the output is worth. Added after the activation, it is not scaled by the activation's slope.
    func importance(ofResidualFrom importance: [Float], addedAfterActivation: Bool) -> [Float] {
        addedAfterActivation ? zip(importance, slopes).map { $1 > 0 ? $0 / $1 : 0 } : importance
    }
}

extension SpatialKernel {
    package var channelSlices: Int { 1 }
    package var changesValues: Bool { true }
    package var period: Int { 1 }
    package var activation: Unary.Function { .identity }
    package func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, first: Int, last: Int) {
        run(sources: sources, destination: destination, spans: spans, isCompact: false)
    }
}

/// 64-byte aligned floats that live as long as their owner.
package final class AlignedFloats: @unchecked Sendable {
    package let base: UnsafeMutablePointer<Float>
    let count: Int
    /// A mapping of its own that they lie in; nil where they were allocated.
    private let mapping: UnsafeMutableRawBufferPointer?

    /// Zeros.
    package init(count: Int) {
        self.count = count
        let bytes = max(count, 16) * 4 + 256, hugePage = 2 << 20
        if bytes >= hugePage {
            let length = bytes + hugePage, start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let start, start != UnsafeMutableRawPointer(bitPattern: -1) else { fatalError("out of memory for \(bytes) bytes") }
            let memory = start.alignedUp(toMultipleOf: hugePage)
            // Streaming megabytes through 4 KB pages misses the TLB at every turn. And pages of the system's are zero, and come when they are used.
            madvise(memory, bytes, MADV_HUGEPAGE)
            mapping = UnsafeMutableRawBufferPointer(start: start, count: length)
            base = memory.bindMemory(to: Float.self, capacity: bytes / 4)
        } else {
            mapping = nil
            base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(to: Float.self, capacity: bytes / 4)
            base.initialize(repeating: 0, count: bytes / 4)
        }
    }

    deinit { if let mapping { munmap(mapping.baseAddress!, mapping.count) } else { UnsafeMutableRawPointer(base).deallocate() } }
}
