import Tensors

/// A step that makes images row-major.
package struct HostCopy: Sendable {
    package enum Layout: Sendable {
        /// [N, C, H, W].
        case planes
        /// C values a pixel, as in memory: [N, H, W, C], or [N, R, C], of whose R rows these are H·W from `first` on.
        case pixels(first: Int)
    }

    package let source: SpatialRef
    package let slot: Int
    /// Of the tensor in the slot; several steps may each write a part of it.
    package let shape: Shape
    package let layout: Layout
}
