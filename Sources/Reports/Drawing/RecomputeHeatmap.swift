import DeepCache
import Inference

/// How much of the layers of one stride was computed again, place by place, weighed by their multiply-accumulates.
struct StrideHeat {
    /// Model-input pixels that a pixel of these layers stands for, along each axis.
    let stride: Int
    let layers: Int
    /// Share of the layers' multiply-accumulates that was computed, 0…1.
    let computed: Double
    let height: Int
    let width: Int
    /// The same for every place, row by row.
    private let shares: [Double]

    subscript(y: Int, x: Int) -> Double { shares[y * width + x] }

    /// The strides that pictures show: 8, 16 and 32 where a model has them, else its coarsest three.
    ///
    /// - Parameter isResting: whether the frame computed nothing, so that the session's masks are those of an earlier one.
    static func chosen(_ session: IncrementalSession, inputHeight: Int, isResting: Bool) -> [StrideHeat] {
        var byStride: [Int: [RecomputedLayer]] = [:]
        for layer in session.recomputedLayers where layer.layer.macs > 0 && layer.touched.height > 1 && layer.touched.width > 1 {
            byStride[nearestPower(of: Double(inputHeight) / Double(layer.touched.height)), default: []].append(layer)
        }
        let wanted = [8, 16, 32]
        let strides = wanted.allSatisfy { byStride[$0] != nil } ? wanted : byStride.keys.sorted().suffix(3)
        return strides.map { StrideHeat(stride: $0, byStride[$0]!, isResting: isResting) }
    }

    private static func nearestPower(of ratio: Double) -> Int {
        var power = 1
        while Double(power) * 1.5 <= ratio { power *= 2 }
        return power
    }

    private init(stride: Int, _ all: [RecomputedLayer], isResting: Bool) {
        (self.stride, layers) = (stride, all.count)
        let (height, width) = (all.map(\.touched.height).max()!, all.map(\.touched.width).max()!)
        let macs = Double(all.reduce(0) { $0 + $1.layer.macs })
        var shares = [Double](repeating: 0, count: height * width)
        var computed = 0.0
        for layer in all where !isResting && layer.count > 0 {
            let (mask, weight) = (layer.touched, Double(layer.layer.macs) / macs)
            computed += weight * Double(layer.count) / Double(mask.height * mask.width)
            for y in 0..<height {
                let row = y * mask.height / height
                for x in 0..<width where layer[row, x * mask.width / width] { shares[y * width + x] += weight }
            }
        }
        (self.height, self.width, self.shares, self.computed) = (height, width, shares, min(1, computed))
    }
}
