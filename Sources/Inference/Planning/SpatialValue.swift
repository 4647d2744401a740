import CKernels
import Tensors

/// Where an NHWC image lives: a window of channels in a plane buffer.
///
/// ```
/// buffer:  ┌ halo ───────────────┐   pixel = one column, `pixel` floats: [ … | channelOffset … channels | … ]
///          │  ┌ height × width ┐ │
///          │  └────────────────┘ │   the halo and what lies beyond all channels stay zero for the plan's life
///          └─────────────────────┘
/// ```
package struct SpatialRef: Sendable, Hashable {
    package var buffer: Int
    package var channelOffset: Int
    package var images: Int
    package var height: Int
    package var width: Int
    package var channels: Int

    package var channelRange: Range<Int> { channelOffset..<channelOffset + channels }
    /// Whether they have values in common.
    func overlaps(_ other: SpatialRef) -> Bool { buffer == other.buffer && channelRange.overlaps(other.channelRange) }
    /// All pixels, a span a row.
    package var rows: [dv_span] { (0..<height).map { dv_span(row: Int32($0), begin: 0, end: Int32(width)) } }
}

/// A plane buffer before and after its place in memory is known.
package struct BufferSpec: Sendable, Hashable {
    package var images: Int
    package var height: Int
    package var width: Int
    /// Floats per pixel.
    package var pixel: Int
    package var top = 0
    package var left = 0
    package var bottom = 0
    package var right = 0
    /// Never shares memory: its untouched parts must stay zero, or it outlives the frame.
    package var isExclusive = false
    package var firstUse = Int.max
    package var lastUse = -1
    /// The buffer whose memory it takes over where buffers share memory: the last step that reads that one writes this one.
    package var replaced: Int?
    /// Index of the memory it lives in.
    package var memory = -1

    package var row: Int { (left + width + right) * pixel }
    package var image: Int { (top + height + bottom) * row }
    /// Floats from the start to pixel (0, 0) of image 0.
    package var origin: Int { top * row + left * pixel }
    /// Vector loads may run past the last pixel.
    package static let slack = 64
    package var floatCount: Int { images * image + Self.slack }

    mutating func widen(top: Int, left: Int, bottom: Int, right: Int) {
        self.top = max(self.top, top)
        self.left = max(self.left, left)
        self.bottom = max(self.bottom, bottom)
        self.right = max(self.right, right)
    }
}

/// What an output pixel of a step reads of one source: what the incremental engine propagates changes by.
package enum ReceptiveField: Sendable {
    /// Output (y, x) reads source (y, x) only.
    case pixel
    case window(Window)
    /// Per output row and column, the first and last source row and column read; outside of the source lie zeros.
    case table(rows: [(first: Int, last: Int)], columns: [(first: Int, last: Int)])
    /// Every output pixel reads every source pixel.
    case whole
}

/// A sliding window: output o reads source o·stride − pad … o·stride − pad + extent − 1 on each axis.
package struct Window: Sendable, Hashable {
    package var extentY: Int
    package var extentX: Int
    package var strideY: Int
    package var strideX: Int
    package var padTop: Int
    package var padLeft: Int
}

extension Window {
    init(_ rows: SpatialGeometry.Axis, _ columns: SpatialGeometry.Axis) {
        self.init(
            extentY: rows.window, extentX: columns.window, strideY: rows.stride, strideX: columns.stride, padTop: rows.padBegin,
            padLeft: columns.padBegin)
    }
}
