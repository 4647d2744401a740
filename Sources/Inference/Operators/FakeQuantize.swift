import CKernels
import Tensors

/// What is left of a number that was quantised and dequantised with the same scale and zero point: QuantizeLinear, then DequantizeLinear,
/// without the integers between them. O(n).
///
/// No model file holds it: `fuseQuantization` puts it where the two follow each other, so that quantised networks stay on images.
public struct FakeQuantize: Operator {
    let level: Level

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        [ValueFacts(.float32, try inputs.operand(0, "x", [.float32]).shape)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        [mapElements(inputs[0]) { (x: Float) in level.nearest(x) * level.scale }]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), let x = node.input(0) else { return nil }
        let channels = node.outputShape[1]
        return .pixelwise(x) { FakeQuantizeKernel(level: level, channels: channels) }
    }
}

struct FakeQuantizeKernel: SpatialKernel {
    let level: Level
    let channels: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        let source = sources[0]
        var pixel = 0
        for span in spans {
            let (row, begin, count) = (Int(span.row), Int(span.begin), Int(span.end - span.begin))
            let from = source.base + row * Int(source.row) + begin * Int(source.pixel)
            let place = isCompact ? pixel * Int(destination.pixel) : row * Int(destination.row) + begin * Int(destination.pixel)
            pixel += count
            for x in 0..<count {
                let (input, output) = (from + x &* Int(source.pixel), destination.base + (place &+ x &* Int(destination.pixel)))
                for c in 0..<channels { output[c] = level.nearest(input[c]) * level.scale }
            }
        }
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] { [importance] }
}
