import CKernels

/// The activations of one session. Zeroed once: halos stay zero for good.
package final class ActivationMemory: @unchecked Sendable {
    private let plan: Plan
    private let floats: [AlignedFloats]

    package init(_ plan: Plan) {
        self.plan = plan
        floats = plan.memories.map(AlignedFloats.init(count:))
    }

    /// Image `index` of the batch as kernels see it.
    @inline(__always)
    package func image(_ reference: SpatialRef, _ index: Int = 0) -> Image {
        let spec = plan.buffers[reference.buffer]
        return Image(
            base: floats[spec.memory].base + spec.origin + index * spec.image + reference.channelOffset, row: Int64(spec.row),
            pixel: Int64(spec.pixel))
    }
}
