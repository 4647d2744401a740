import DeepCache

/// How much of the layers of one stride was computed again at each place, weighted by the layers' multiply-accumulates.
struct RecomputeHeatmap {
    /// Model-input pixels per pixel of these layers, along each axis.
    let stride: Int
    let layers: Int
    /// Share of the layers' multiply-accumulates that was computed, 0…1.
    private(set) var computed = 0.0
    let height: Int
    let width: Int
    /// The same for every place, row by row.
    private var shares: [Double]

    subscript(y: Int, x: Int) -> Double { shares[y * width + x] }

    /// The strides to be shown: 8, 16 and 32 where the model has them, else its coarsest three.
    ///
    /// - Parameter computedNothing: whether the frame computed nothing; the layers' masks are those of an earlier frame then.
    static func chosen(_ layers: [RecomputedLayer], inputHeight: Int, computedNothing: Bool) -> [RecomputeHeatmap] {
        let spatial = layers.filter { $0.layer.macs > 0 && $0.touched.height > 1 && $0.touched.width > 1 }
        let byStride = Dictionary(grouping: spatial) { powerOfTwo(near: Double(inputHeight) / Double($0.touched.height)) }
        let wanted = [8, 16, 32]
        let strides = wanted.allSatisfy { byStride[$0] != nil } ? wanted : byStride.keys.sorted().suffix(3)
        return strides.map { RecomputeHeatmap(stride: $0, byStride[$0]!, computedNothing: computedNothing) }
    }

    static func powerOfTwo(near ratio: Double) -> Int {
        var power = 1
        while Double(power) * 1.5 <= ratio { power *= 2 }
        return power
    }

    private init(stride: Int, _ all: [RecomputedLayer], computedNothing: Bool) {
        (self.stride, layers) = (stride, all.count)
        (height, width) = (all.map(\.touched.height).max()!, all.map(\.touched.width).max()!)
        shares = [Double](repeating: 0, count: height * width)
        let macs = Double(all.reduce(0) { $0 + $1.layer.macs })
        for layer in all where !computedNothing && layer.count > 0 {
            let (mask, weight) = (layer.touched, Double(layer.layer.macs) / macs)
            computed += weight * Double(layer.count) / Double(mask.height * mask.width)
            for y in 0..<height {
                let row = y * mask.height / height
                for x in 0..<width where layer[row, x * mask.width / width] { shares[y * width + x] += weight }
            }
        }
        computed = min(1, computed)
    }
}
