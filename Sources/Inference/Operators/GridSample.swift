import Tensors

/// ONNX GridSample. Inputs: X [N, C, (D,) H, W], grid [N, (D′,) H′, W′, 2 or 3], whose last axis holds x, y (and z) in −1 … 1, x first.
/// Output: [N, C, (D′,) H′, W′].
///
/// Taps and weights of a point are found once for all channels. O(output × taps): 1, 2^d or 4^d taps.
public struct GridSample: Operator {
    public enum Mode: Sendable, Hashable { case nearest, linear, cubic }
    /// What lies outside of the picture.
    public enum PaddingMode: String, CaseIterable, Sendable { case zeros, border, reflection }
    public var mode: Mode
    public var padding: PaddingMode
    /// −1 and 1 are the centers of the outermost pixels, not their outer edges.
    public var alignsCorners: Bool
    public init(mode: Mode = .linear, padding: PaddingMode = .zeros, alignsCorners: Bool = false) {
        (self.mode, self.padding, self.alignsCorners) = (mode, padding, alignsCorners)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        let grid = try inputs.operand(1, "grid", [.float32])
        if let shape = x.shape, shape.rank != 4, shape.rank != 5 {
            throw OperatorError("X has shape \(shape); 2 or 3 spatial axes after batch and channels are supported")
        }
        guard let shape = x.shape, let points = grid.shape else { return [ValueFacts(.float32, nil)] }
        guard points.rank == shape.rank, points.dims.last == shape.rank - 2, points[0] == shape[0] else {
            throw OperatorError("grid \(points) does not fit X \(shape)")
        }
        let result = try Shape(checking: [shape[0], shape[1]] + points.dims[1..<(points.rank - 1)])
        guard result.elementCount == 0 || shape.elementCount > 0 else { throw OperatorError("X \(shape) has no elements to sample") }
        return [ValueFacts(.float32, result)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let spatial = inputs[0].shape.spatial, shape = inputs.shape
        let (x, grid) = (inputs[0].pointer(of: Float.self), inputs[1].pointer(of: Float.self))
        // Axes as in X: (z,) y, x.
        let axes = spatial.map { SampledAxis(extent: $0, mode: mode, padding: padding, alignsCorners: alignsCorners) }
        let (channels, plane, count) = (shape[1], spatial.reduce(1, *), shape.spatial.reduce(1, *))
        var taps = SampleTaps(axes)
        let result = Tensor(shape, of: Float.self) { out in
            for image in 0..<shape[0] {
                for start in stride(from: 0, to: count, by: SampleTaps.block) {
                    let points = min(SampleTaps.block, count - start)
                    taps.fill(grid + (image * count + start) * axes.count, points: points)
                    for channel in image * channels..<(image + 1) * channels {
                        taps.sample(x + channel * plane, to: out.baseAddress! + channel * count + start, points)
                    }
                }
            }
        }
        return [result]
    }
}

/// Which positions of an axis a coordinate reads, and with which weights.
private struct SampledAxis {
    let extent: Int
    let mode: GridSample.Mode
    let padding: GridSample.PaddingMode
    let least, most: Float
    private let alignsCorners: Bool

    var taps: Int { mode == .nearest ? 1 : mode == .linear ? 2 : 4 }

    init(extent: Int, mode: GridSample.Mode, padding: GridSample.PaddingMode, alignsCorners: Bool) {
        (self.extent, self.mode, self.padding, self.alignsCorners) = (extent, mode, padding, alignsCorners)
        (least, most) = alignsCorners ? (0, Float(extent) - 1) : (-0.5, Float(extent) - 0.5)
    }

    /// Writes a place and a weight for each tap; the weight is 0 where zeros are read.
    @inline(__always)
    func locate(_ coordinate: Float, _ places: UnsafeMutablePointer<Int>, _ weights: UnsafeMutablePointer<Float>) {
        var x = alignsCorners ? (coordinate + 1) / 2 * (Float(extent) - 1) : ((coordinate + 1) * Float(extent) - 1) / 2
        if mode == .nearest { x = x.rounded(.toNearestOrEven) }
        if x < least || x > most {
            switch padding {
            case .zeros: break
            // All four taps of cubic move with the place, as in PyTorch and onnxruntime.
            case .border where mode == .cubic: break
            case .border: x = min(max(x, 0), Float(extent) - 1)
            case .reflection: x = reflected(x)
            }
        }
        // What is not a number, or far outside, reads the same as any place outside.
        x = x > -1e9 ? min(x, 1e9) : -1e9
        let floor = x.rounded(.down)
        let t = x - floor
        switch mode {
        case .nearest: place(Int(x), 1, places, weights)
        case .linear:
            place(Int(floor), 1 - t, places, weights)
            place(Int(floor) + 1, t, places + 1, weights + 1)
        case .cubic:
            let a: Float = -0.75
            // Distances 1 + t, t, 1 − t, 2 − t.
            place(Int(floor) - 1, ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a, places, weights)
            place(Int(floor), ((a + 2) * t - (a + 3)) * t * t + 1, places + 1, weights + 1)
            place(Int(floor) + 1, ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1, places + 2, weights + 2)
            place(Int(floor) + 2, ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a, places + 3, weights + 3)
        }
    }

    @inline(__always)
    private func place(_ index: Int, _ weight: Float, _ place: UnsafeMutablePointer<Int>, _ result: UnsafeMutablePointer<Float>) {
        if index >= 0 && index < extent {
            (place.pointee, result.pointee) = (index, weight)
            return
        }
        switch padding {
        case .zeros: (place.pointee, result.pointee) = (0, 0)
        case .border: (place.pointee, result.pointee) = (min(max(index, 0), extent - 1), weight)
        case .reflection:
            (place.pointee, result.pointee) = (min(max(Int(reflected(Float(index))), 0), extent - 1), weight)
        }
    }

    /// `x` mirrored at both ends until it lies between them; 0 where it is no number.
    private func reflected(_ x: Float) -> Float {
        let range = most - least
        guard range > 0, x.isFinite else { return 0 }
        let distance = x < least ? least - x : x - most
        guard distance > 0 else { return x }
        let times = (distance / range).rounded(.towardZero)
        let rest = distance - times * range
        // Whether an even number of mirrors lies between.
        let isEven = times.truncatingRemainder(dividingBy: 2) == 0
        return (x < least) == isEven ? least + rest : most - rest
    }
}

/// The taps of a block of points: offsets in a plane and their weights.
private struct SampleTaps {
    /// Points at a time, so that their taps stay in the cache while the channels pass.
    static let block = 1024

    private let axes: [SampledAxis]
    private let strides: [Int]
    /// Taps of one point.
    private let count: Int
    private var offsets: [Int]
    private var weights: [Float]

    init(_ axes: [SampledAxis]) {
        self.axes = axes
        strides = Shape(axes.map(\.extent)).strides
        count = axes.reduce(1) { $0 * $1.taps }
        offsets = [Int](repeating: 0, count: count * Self.block)
        weights = [Float](repeating: 0, count: count * Self.block)
    }

    mutating func fill(_ grid: UnsafePointer<Float>, points: Int) {
        let (axes, strides, rank, count) = (axes, strides, axes.count, count)
        offsets.withUnsafeMutableBufferPointer { offsets in
            weights.withUnsafeMutableBufferPointer { weights in
                withUnsafeTemporaryAllocation(of: Int.self, capacity: 4) { places in
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: 4) { factors in
                        for point in 0..<points {
                            let (to, weight) = (offsets.baseAddress! + point * count, weights.baseAddress! + point * count)
                            (to[0], weight[0]) = (0, 1)
                            var filled = 1
                            for (axis, sampled) in axes.enumerated() {
                                // The grid has the innermost axis first.
                                sampled.locate(grid[point * rank + rank - 1 - axis], places.baseAddress!, factors.baseAddress!)
                                let taps = sampled.taps
                                for old in stride(from: filled - 1, through: 0, by: -1) {
                                    let (offset, product) = (to[old], weight[old])
                                    for tap in 0..<taps {
                                        to[old * taps + tap] = offset + places[tap] * strides[axis]
                                        weight[old * taps + tap] = product * factors[tap]
                                    }
                                }
                                filled *= taps
                            }
                        }
                    }
                }
            }
        }
    }

    func sample(_ plane: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, _ points: Int) {
        offsets.withUnsafeBufferPointer { offsets in
            weights.withUnsafeBufferPointer { weights in
                for point in 0..<points {
                    var sum: Float = 0
                    for tap in point &* count..<(point &+ 1) &* count where weights[tap] != 0 { sum += plane[offsets[tap]] * weights[tap] }
                    out[point] = sum
                }
            }
        }
    }
}
