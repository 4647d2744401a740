import Tensors

/// What becomes of one axis in a `Resize`.
struct ResizeTarget {
    var input, output: Int
    var scale: Float
    /// Begin and end of the region of interest, as fractions of the axis.
    var region: (begin: Float, end: Float) = (0, 1)
    /// True for an axis that the operator leaves alone.
    var isIdentity: Bool
}

extension Resize {
    /// One target per axis of `shape`; nil when scales, sizes or the region are not known yet.
    func targets(_ shape: Shape, _ inputs: [ValueFacts?]) throws(OperatorError) -> [ResizeTarget]? {
        let regionFacts = try inputs.optionalOperand(1, "roi", [.float32])
        // An empty tensor stands for an omitted one. Of a tensor whose shape is not known, the value is not either.
        let scaleFacts = try inputs.optionalOperand(2, "scales", [.float32])
        let sizeFacts = try inputs.optionalOperand(3, "sizes", ElementType.integers)
        let axes = try shape.checked(axes: axes ?? Array(shape.dims.indices))
        var targets = shape.dims.map { ResizeTarget(input: $0, output: $0, scale: 1, isIdentity: true) }
        if let sizeFacts, !sizeFacts.isKnownEmpty {
            guard let sizes = try sizeFacts.list("sizes")?.integerElements else { return nil }
            guard sizes.count == axes.count else { throw OperatorError("\(sizes.count) sizes \(sizes) for \(axes.count) axes") }
            try set(sizes, axes, &targets)
        } else if let scaleFacts, !scaleFacts.isKnownEmpty {
            guard let scales = try scaleFacts.list("scales")?.elements(of: Float.self) else { return nil }
            guard scales.count == axes.count else { throw OperatorError("\(scales.count) scales \(scales) for \(axes.count) axes") }
            try set(scales, axes, &targets)
        } else {
            throw OperatorError("neither scales nor sizes are given")
        }
        if coordinates == .tfCropAndResize {
            guard let regionFacts else { throw OperatorError("roi is missing, which tf_crop_and_resize needs") }
            guard let region = try regionFacts.list("roi")?.elements(of: Float.self) else { return nil }
            guard region.count == 2 * axes.count, region.allSatisfy(\.isFinite) else {
                throw OperatorError("roi \(region) does not give \(axes.count) begins and ends")
            }
            for (i, axis) in axes.enumerated() { targets[axis].region = (region[i], region[i + axes.count]) }
        }
        for (axis, target) in targets.enumerated() {
            targets[axis].isIdentity = target.output == target.input && target.scale == 1 && target.region == (0, 1)
            guard target.input > 0 || target.output == 0 else {
                throw OperatorError("axis \(axis) of \(shape) is empty and cannot become \(target.output)")
            }
        }
        _ = try Shape(checking: targets.map(\.output))
        return targets
    }

    private func set(_ scales: [Float], _ axes: [Int], _ targets: inout [ResizeTarget]) throws(OperatorError) {
        for (i, axis) in axes.enumerated() {
            // In single precision, so that 3 · 1.6666666 is 5, as exporters mean it.
            let size = (Float(targets[axis].input) * scales[i]).rounded(.down)
            guard scales[i] > 0, size.isFinite, size <= Float(largestElementCount) else {
                throw OperatorError("scale \(scales[i]) of axis \(axis) (\(targets[axis].input)) is out of range")
            }
            targets[axis].output = Int(size)
            targets[axis].scale = scales[i]
        }
    }

    private func set(_ sizes: [Int], _ axes: [Int], _ targets: inout [ResizeTarget]) throws(OperatorError) {
        for size in sizes where size < 0 || size > largestElementCount { throw OperatorError("size \(size) in \(sizes) is out of range") }
        var scales: [Float] = []
        for (i, axis) in axes.enumerated() {
            guard targets[axis].input > 0 else { throw OperatorError("axis \(axis) is empty and cannot become \(sizes[i])") }
            scales.append(Float(sizes[i]) / Float(targets[axis].input))
        }
        let common = aspectRatio == .notLarger ? scales.min() : aspectRatio == .notSmaller ? scales.max() : nil
        for (i, axis) in axes.enumerated() {
            targets[axis].scale = common ?? scales[i]
            targets[axis].output = sizes[i]
            if let common {
                let size = (common * Float(targets[axis].input) + 0.5).rounded(.down)
                guard size <= Float(largestElementCount) else { throw OperatorError("sizes \(sizes) scale axis \(axis) to \(size)") }
                targets[axis].output = Int(size)
            }
        }
    }

    /// The input coordinate that output `position` shows; nil where a crop reaches outside of the input.
    func source(of position: Int, _ target: ResizeTarget) -> Float? {
        let (x, scale) = (Float(position), target.scale)
        let (input, output) = (Float(target.input), Float(target.output))
        switch coordinates {
        case .halfPixel: return (x + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
            // Keeps the centre where rounding the size down has cut the image.
            let adjustment = output / (scale * input)
            return input / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return target.output > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignCorners:
            // The reference implementation's length: not rounded down.
            let length = scale * input
            return target.output <= 1 || length == 1 ? 0 : x * (input - 1) / (length - 1)
        case .asymmetric: return x / scale
        case .tfHalfPixelForNN: return (x + 0.5) / scale
        case .tfCropAndResize:
            let (begin, end) = target.region
            let source =
                target.output > 1
                ? begin * (input - 1) + x * (end - begin) * (input - 1) / (output - 1)
                : 0.5 * (begin + end) * (input - 1)
            return source < 0 || source > input - 1 ? nil : source
        }
    }
}

/// Linear or cubic interpolation along one axis: every output position is a weighted sum of a few input positions.
struct ResizePass {
    private let input: Int
    /// Input positions and weights of output o: `taps[starts[o]..<starts[o + 1]]`.
    private var starts: [Int] = [0]
    private var taps: [(position: Int, weight: Float)] = []

    init(_ target: ResizeTarget, _ resize: Resize) {
        input = target.input
        let shrink = resize.antialias ? min(Double(target.scale), 1) : 1
        let support = (resize.mode == .cubic ? 2 : 1) / shrink
        for position in 0..<target.output {
            // Where a crop is outside, any value does: it is overwritten.
            let wanted = Double(resize.source(of: position, target) ?? 0)
            let source = wanted.isFinite ? wanted : 0
            var weights: [(position: Int, weight: Double)] = []
            // Beyond one support outside of the input every tap is the clamped edge.
            let centre = min(max(source, -support - 1), Double(target.input) + support)
            for tap in Int((centre - support).rounded(.down))...Int((centre + support).rounded(.up)) {
                let weight = Self.weight((Double(tap) - centre) * shrink, resize)
                let isOutside = tap < 0 || tap >= target.input
                if weight == 0 || (isOutside && resize.excludesOutside) { continue }
                let clamped = min(max(tap, 0), target.input - 1)
                if let last = weights.last, last.position == clamped {
                    weights[weights.count - 1].weight += weight
                } else {
                    weights.append((clamped, weight))
                }
            }
            let sum = weights.reduce(0) { $0 + $1.weight }
            taps += weights.map { ($0.position, Float(sum == 0 ? 0 : $0.weight / sum)) }
            starts.append(taps.count)
        }
    }

    /// The interpolation kernel at distance `x`.
    private static func weight(_ x: Double, _ resize: Resize) -> Double {
        let d = x.magnitude
        guard resize.mode == .cubic else { return max(1 - d, 0) }
        let a = Double(resize.cubicCoefficient)
        if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
        if d < 2 { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
        return 0
    }

    func apply(to x: Tensor, axis: Int) -> Tensor {
        let (outer, _, inner) = x.shape.split(at: axis)
        let output = starts.count - 1
        var shape = x.shape
        shape[axis] = output
        let source = x.pointer(of: Float.self)
        return Tensor(shape, of: Float.self) { out in
            taps.withUnsafeBufferPointer { taps in
                for block in 0..<outer {
                    let from = source + block * input * inner
                    let to = out.baseAddress! + block * output * inner
                    for o in 0..<output {
                        if inner == 1 {
                            var sum: Float = 0
                            for tap in starts[o]..<starts[o &+ 1] { sum += taps[tap].weight * from[taps[tap].position] }
                            to[o] = sum
                        } else {
                            for tap in starts[o]..<starts[o &+ 1] {
                                let (weight, row) = (taps[tap].weight, from + taps[tap].position &* inner)
                                addScaled(weight, row, step: 1, to: to + o &* inner, step: 1, count: inner)
                            }
                        }
                    }
                }
            }
        }
    }
}
