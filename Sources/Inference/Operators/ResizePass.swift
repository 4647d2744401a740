import Tensors

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
        return Tensor(shape, of: Float.self) { out in
            x.withElements(of: Float.self) { x in
                guard !out.isEmpty else { return }
                taps.withUnsafeBufferPointer { taps in
                    starts.withUnsafeBufferPointer { starts in
                        for block in 0..<outer {
                            let from = x.baseAddress! + block * input * inner
                            let to = out.baseAddress! + block * output * inner
                            for o in 0..<output {
                                if inner == 1 {
                                    var sum: Float = 0
                                    for tap in starts[o]..<starts[o &+ 1] { sum += taps[tap].weight * from[taps[tap].position] }
                                    to[o] = sum
                                } else {
                                    for tap in starts[o]..<starts[o &+ 1] {
                                        addScaled(
                                            taps[tap].weight, from + taps[tap].position &* inner, step: 1,
                                            to: to + o &* inner, step: 1, count: inner)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
