import CKernels
import Tensors

/// The activations of one session. Zeroed once: halos stay zero for good.
package final class ActivationMemory: @unchecked Sendable {
    private let plan: Plan
    private let arena: AlignedFloats
    /// Where each of the plan's memories starts in the arena.
    private let starts: [Int]

    package init(_ plan: Plan) {
        self.plan = plan
        var starts: [Int] = [], end = 0
        // Addresses that are equal modulo a page evict each other, and a load waits for a store to such an address as if it were its own.
        // Memories that one step reads and writes side by side therefore start far apart in their pages: 25 cache lines from one to the next.
        let page = 4096 / 4, stagger = 25 * 16  // floats
        for (index, count) in plan.memories.enumerated() {
            starts.append((end + page - 1) / page * page + index * stagger % page)
            end = starts[index] + (count + 15) / 16 * 16
        }
        self.starts = starts
        arena = AlignedFloats(count: end)
    }

    /// Image `index` of the batch as kernels see it.
    @inline(__always)
    package func image(_ reference: SpatialRef, _ index: Int = 0) -> Image {
        let spec = plan.buffers[reference.buffer]
        return Image(
            base: arena.base + starts[spec.memory] + spec.origin + index * spec.image + reference.channelOffset, row: Int64(spec.row),
            pixel: Int64(spec.pixel))
    }

    /// Of all values of the image, every fourth row being a fair sample.
    package func rootMeanSquare(_ reference: SpatialRef) -> Float {
        var sum: Float = 0
        let pixels = sample(reference) { pixel in for c in 0..<reference.channels { sum += pixel[c] * pixel[c] } }
        return (sum / Float(max(1, pixels * reference.channels))).squareRoot()
    }

    /// Per channel, the mean of the squares over the pixels, every fourth row being a fair sample.
    package func meanSquares(_ reference: SpatialRef) -> [Float] { means(reference) { $0 * $0 } }

    /// The same of the squared slope of the activation whose outputs are in the image.
    package func meanSquaredSlopes(_ reference: SpatialRef, of activation: Unary.Function) -> [Float] {
        // The loop becomes vectors where the function is known when it is compiled.
        activation.isSmoothStep
            ? means(reference) { Unary.Function.squaredSlope(ofSmoothStepAt: $0) }
            : means(reference) { activation.squaredSlope(atOutput: $0) }
    }

    @inline(__always)
    private func means(_ reference: SpatialRef, of function: (Float) -> Float) -> [Float] {
        var sums = [Float](repeating: 0, count: reference.channels)
        let pixels = sums.withUnsafeMutableBufferPointer { sums in
            sample(reference) { pixel in for c in sums.indices { sums[c] += function(pixel[c]) } }
        }
        return sums.map { $0 / Float(max(1, pixels)) }
    }

    /// Shows the pixels of every fourth row of an image.
    /// - Returns: how many those were.
    @inline(__always)
    private func sample(_ reference: SpatialRef, _ body: (UnsafeMutablePointer<Float>) -> Void) -> Int {
        let image = image(reference), rows = stride(from: 0, to: reference.height, by: reference.height >= 16 ? 4 : 1)
        var count = 0
        for y in rows {
            for x in 0..<reference.width { body(image.base + y * Int(image.row) + x * Int(image.pixel)) }
            count += reference.width
        }
        return count
    }
}

extension ActivationMemory {
    /// A row-major tensor into the images: [N, C, H, W] (or [N, C]), or `isByPixel` with each pixel's channels side by side.
    package func store(_ tensor: Tensor, at reference: SpatialRef, isByPixel: Bool = false) {
        let plane = reference.height * reference.width, channels = reference.channels
        let (c, height, width) = (Int32(channels), Int32(reference.height), Int32(reference.width))
        tensor.withElements(of: Float.self) { elements in
            for index in 0..<reference.images {
                let from = elements.baseAddress! + index * channels * plane, image = self.image(reference, index)
                if isByPixel {
                    let pixels = Image(base: .init(mutating: from), row: Int64(reference.width * channels), pixel: Int64(channels))
                    dv_copy(nil, c, pixels, image, reference.rows, reference.height, 0)
                } else {
                    dv_interleave(from, Int64(plane), c, height, width, image)
                }
            }
        }
    }

    /// The images, or with `spans` at least those pixels of the first, into the tensor that `slot` keeps from run to run.
    package func load(_ copy: RowMajorCopy, into slot: inout Tensor?, spans: [dv_span]? = nil) {
        let source = copy.source, plane = source.height * source.width, c = source.channels
        if slot == nil { slot = Tensor(copy.shape, of: Float.self) { _ in } }
        slot!.withMutableElements(of: Float.self) { buffer in
            for index in 0..<source.images {
                let out = buffer.baseAddress! + index * (buffer.count / source.images), image = self.image(source, index)
                switch copy.layout {
                case .planes: dv_deinterleave(image, Int32(c), Int32(source.height), Int32(source.width), out, Int64(plane))
                case .pixels(let first):
                    let spans = spans ?? source.rows
                    let rows = Image(base: out + first * c, row: Int64(source.width * c), pixel: Int64(c))
                    dv_copy(nil, Int32(c), image, rows, spans, spans.count, 0)
                }
            }
        }
    }
}
