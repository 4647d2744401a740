import Tensors

/// How a sliding window meets its input on every spatial axis: the geometry shared by shape rules, kernels and the planner.
public struct SpatialGeometry: Sendable, Hashable {
    public struct Axis: Sendable, Hashable {
        public var input, kernel, stride, dilation: Int
        /// Positions before and after the input that read as padding. A window may reach past `padEnd` in ceil mode.
        public var padBegin, padEnd: Int
        public var output: Int

        static let one = Axis(input: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0, output: 1)

        /// Positions that one window spans.
        public var window: Int { (kernel - 1) * dilation + 1 }

        /// Outputs o whose tap `tap` reads inside the input: 0 ≤ o·stride + tap·dilation − padBegin < input.
        public func outputs(reading tap: Int) -> Range<Int> {
            let shift = padBegin - tap * dilation
            return Self.multiples(of: stride, from: shift, to: input + shift, limit: output)
        }

        /// Taps that can read inside the input at all; the others only ever see padding.
        public var readingTaps: Range<Int> {
            Self.multiples(of: dilation, from: padBegin - (output - 1) * stride, to: input + padBegin, limit: kernel)
        }

        /// Without the taps that only ever see padding, of which `firstKeptTap` come first; one that sees nothing else keeps them.
        var trimmed: Axis {
            guard !readingTaps.isEmpty else { return self }
            var axis = self
            axis.kernel = readingTaps.count
            axis.padBegin -= firstKeptTap * dilation
            return axis
        }
        var firstKeptTap: Int { readingTaps.isEmpty ? 0 : readingTaps.lowerBound }

        /// Numbers i ≥ 0 below `limit` with low ≤ i · step < end.
        private static func multiples(of step: Int, from low: Int, to end: Int, limit: Int) -> Range<Int> {
            let first = low > 0 ? (low + step - 1) / step : 0
            let last = end <= 0 ? -1 : (end - 1) / step
            return first..<max(first, min(last + 1, limit))
        }
    }

    public var axes: [Axis]
    public var output: [Int] { axes.map(\.output) }

    init(axes: [Axis]) { self.axes = axes }

    /// - Parameters:
    ///   - strides, dilations: empty means 1 on every axis.
    ///   - ceilMode: rounds output sizes up, except that a last window that would start in the end padding is dropped.
    /// - Throws: `OperatorError` when lengths differ, a figure is out of range, or no window fits.
    public init(
        input: [Int], kernel: [Int], strides: [Int] = [], dilations: [Int] = [], padding: Padding, ceilMode: Bool = false
    ) throws(OperatorError) {
        let rank = input.count
        let kernel = try Self.figures(kernel, rank, "kernel", least: 1)
        let strides = try Self.figures(strides, rank, "strides", least: 1, default: 1)
        let dilations = try Self.figures(dilations, rank, "dilations", least: 1, default: 1)
        let input = try Self.figures(input, rank, "spatial extents", least: 0)
        let pads = try Self.pads(padding, rank)
        axes = []
        for i in 0..<rank {
            var axis = Axis(
                input: input[i], kernel: kernel[i], stride: strides[i], dilation: dilations[i],
                padBegin: pads[i], padEnd: pads[i + rank], output: 0)
            try axis.resolveOutput(padding, ceilMode: ceilMode, index: i)
            axes.append(axis)
        }
    }

    /// Explicit pads with their count checked; zeros for the automatic kinds, which depend on the extents.
    static func pads(_ padding: Padding, _ rank: Int) throws(OperatorError) -> [Int] {
        guard case .explicit(let given) = padding else { return [Int](repeating: 0, count: 2 * rank) }
        return try figures(given, 2 * rank, "pads", least: 0, default: 0)
    }

    /// Checks a list's length and range; an empty one may stand for the default. Figures stay below 2³¹, so that products of two fit `Int`.
    static func figures(
        _ values: [Int], _ count: Int, _ name: String, least: Int, default fallback: Int? = nil
    ) throws(OperatorError) -> [Int] {
        if let fallback, values.isEmpty { return [Int](repeating: fallback, count: count) }
        guard values.count == count else { throw OperatorError("\(name) has \(values.count) figures \(values) instead of \(count)") }
        for value in values where value < least || value >= 1 << 31 {
            throw OperatorError("\(name) \(values) holds \(value), which is not in \(least)..<2147483648")
        }
        return values
    }
}

extension SpatialGeometry.Axis {
    fileprivate mutating func resolveOutput(_ padding: Padding, ceilMode: Bool, index: Int) throws(OperatorError) {
        switch padding {
        case .sameUpper, .sameLower:
            output = (input + stride - 1) / stride
            let total = max((output - 1) * stride + window - input, 0)
            padBegin = padding == .sameUpper ? total / 2 : total - total / 2
            padEnd = total - padBegin
        case .valid, .explicit:
            let room = input + padBegin + padEnd - window
            // In ceil mode a window may reach past the end, of a small input on both sides of which nothing is left of the first one.
            guard room >= 0 || ceilMode && -room < stride else {
                throw OperatorError(
                    "a window of \(window) does not fit spatial axis \(index) of \(input) with padding \(padBegin)+\(padEnd)")
            }
            output = room / stride + 1
            if ceilMode, case .explicit = padding, room % stride != 0, output * stride < input + padBegin { output += 1 }
        }
    }
}

extension Shape {
    /// The axes after batch and channels.
    var spatial: [Int] { Array(dims.dropFirst(2)) }
}

extension SpatialGeometry {
    var inputCount: Int { axes.reduce(1) { $0 * $1.input } }
    var outputCount: Int { axes.reduce(1) { $0 * $1.output } }
    var kernelCount: Int { axes.reduce(1) { $0 * $1.kernel } }
}

/// Shape [N, C, 1–3 spatial axes], as all spatial operators want it.
func checkImage(_ shape: Shape, _ name: String) throws(OperatorError) {
    guard (3...5).contains(shape.rank) else {
        throw OperatorError("\(name) has shape \(shape); 1 to 3 spatial axes after batch and channels are supported")
    }
}

/// The rows of outputs that each tap of a window reads, over depth, height and width; missing axes have one position.
/// Convolutions and poolings are loops over these, with a contiguous run of outputs inside.
struct WindowRows {
    /// `count` outputs from offset `output` on, whose tap number `tap` reads the input at `input`, `input + inputStep`, …
    struct Row { var tap, input, output, count: Int }

    private let depth, height, width: SpatialGeometry.Axis
    var inputStep: Int { width.stride }

    init(_ geometry: SpatialGeometry) {
        let axes = [SpatialGeometry.Axis](repeating: .one, count: max(0, 3 - geometry.axes.count)) + geometry.axes
        (depth, height, width) = (axes[0], axes[1], axes[2])
    }

    @inline(__always)
    func forEach(_ body: (Row) -> Void) {
        for kz in depth.readingTaps {
            for ky in height.readingTaps {
                for kx in width.readingTaps {
                    let tap = (kz &* height.kernel &+ ky) &* width.kernel &+ kx
                    let columns = width.outputs(reading: kx)
                    let first = columns.lowerBound * width.stride + kx * width.dilation - width.padBegin
                    for z in depth.outputs(reading: kz) {
                        let inputZ = z * depth.stride + kz * depth.dilation - depth.padBegin
                        for y in height.outputs(reading: ky) {
                            let inputY = y * height.stride + ky * height.dilation - height.padBegin
                            body(
                                Row(
                                    tap: tap, input: (inputZ * height.input + inputY) * width.input + first,
                                    output: (z * height.output + y) * width.output + columns.lowerBound, count: columns.count))
                        }
                    }
                }
            }
        }
    }
}
