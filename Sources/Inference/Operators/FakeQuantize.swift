import CKernels
import Tensors

/// What is left of a number that was quantised and dequantised with the same scale and zero point: QuantizeLinear, then DequantizeLinear,
/// without the integers between them. O(n).
///
/// No model file holds it: `fuseQuantization` and `fuseDynamicQuantization` put it where the two follow each other, so that quantised networks
/// stay on images.
public struct FakeQuantize: Operator {
    /// Nil: 8 bits without sign, with scale and zero point of input 1, which is a `LevelRange`'s.
    let level: Level?
    /// Whether the result is in levels (less the zero point), which are whole numbers, and not in what they stand for.
    var isInLevels = false

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", [.float32])
        if level == nil, let range = try inputs.operand(1, "range", [.float32]).shape, range != [1, 2, 1, 1] {
            throw OperatorError("scale and zero point have shape \(range)")
        }
        return [ValueFacts(.float32, x.shape)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let level = level ?? Level(range: inputs[1].pointer(of: Float.self)), x = inputs[0]
        return [Tensor(x.shape, of: Float.self) { level.round(x.pointer(), to: $0.baseAddress!, count: $0.count, isInLevels: isInLevels) }]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), let x = node.input(0) else { return nil }
        let shape = node.outputShape, channels = shape[1]
        if let level { return .pixelwise(x) { FakeQuantizeKernel(level: level, channels: channels, isInLevels: isInLevels) } }
        guard shape[0] == 1, node.isSpatial(1), let range = node.input(1) else { return nil }
        return .step(reading: [(x, .pixel), (range, .whole)]) { _ in
            FakeQuantizeKernel(level: nil, channels: channels, isInLevels: isInLevels)
        }
    }
}

extension Level {
    /// Scale and zero point of a `LevelRange`.
    fileprivate init(range: UnsafePointer<Float>) { self.init(scale: range[0], zero: range[1] > 0 ? UInt8(min(range[1], 255)) : 0) }

    /// What is left of consecutive numbers.
    fileprivate func round(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, isInLevels: Bool) {
        var pixel = dv_span(row: 0, begin: 0, end: 1)
        for start in stride(from: 0, to: count, by: 1 << 20) {
            let source = Image(base: UnsafeMutablePointer(mutating: x) + start, row: 0, pixel: 0)
            dv_round_to_levels(
                scale, isInLevels ? 1 : scale, low, high, Int32(min(count - start, 1 << 20)), source,
                Image(base: y + start, row: 0, pixel: 0), &pixel, 1, 0)
        }
    }
}

struct FakeQuantizeKernel: SpatialKernel {
    /// Nil: that of source 1.
    let level: Level?
    let channels: Int
    var isInLevels = false

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        let level = level ?? Level(range: sources[1].base)
        dv_round_to_levels(
            level.scale, isInLevels ? 1 : level.scale, level.low, level.high, Int32(channels), sources[0], destination, spans.baseAddress,
            spans.count, isCompact ? 1 : 0)
    }

    /// As if nothing were rounded. A number of n levels, as such or as what it stands for, moves with the scale by n in proportion. Of the zero
    /// point's changes only the numbers at an end of the range know, by a level: one of them is taken to be there.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let square: Float
        if let level {
            square = level.scale * level.scale
        } else {
            square = max(layer.meanSquares(layer.sources[1])[0], .leastNormalMagnitude)
        }
        let source = layer.sources[0], own = isInLevels ? importance.map { $0 / square } : importance
        guard level == nil else { return [own] }
        let moved = zip(own, layer.meanSquares(source)).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        let mean = own.reduce(0, +) / Float(max(1, own.count))
        return [own, [moved * Float(source.height * source.width) / square, mean * square]]
    }
}
