import CKernels

// How a squared change of an output is owed to the sources: the adjoint of each kernel with its coefficients squared, as
// if changes of different values were independent. Enough to tell channels that matter from those that do not.

extension ConvolutionKernel {
    package func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        var result = [Float](repeating: 0, count: layer.sources[0].channels)
        for (index, group) in groups.enumerated() {
            for panel in 0..<panelCount {
                let layout = panels[index * panelCount + panel], width = Int(layout.vectors) * 16
                let first = Int(layout.first_vector) * 16, count = min(width, Int(group.layer.channels) - first)
                guard count > 0 else { continue }
                var packed = group.layer.weights + Int(layout.weights)
                for _ in 0..<Int(group.layer.taps) {
                    for k in 0..<Int(group.layer.depth) {
                        var sum: Float = 0
                        for lane in 0..<count { sum += packed[lane] * packed[lane] * importance[group.destinationOffset + first + lane] }
                        result[group.sourceOffset + k % groupChannels] += sum
                        packed += width
                    }
                }
            }
        }
        let density = layer.density
        for c in result.indices { result[c] *= density }
        guard hasResidual else { return [result] }
        // Added after the activation, it is not scaled by the activation's slope.
        return [result, addsAfterActivation ? zip(importance, layer.slopes).map { $1 > 0 ? $0 / $1 : 0 } : importance]
    }
}

extension DepthwiseKernel {
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let channels = importance.count, padded = (channels + 15) / 16 * 16
        let taps = Int(self.layer.kernel_height * self.layer.kernel_width)
        return [
            importance.indices.map { c in
                let gain = (0..<taps).reduce(Float(0)) { $0 + weights.base[$1 * padded + c] * weights.base[$1 * padded + c] }
                return gain * importance[c] * layer.density
            }
        ]
    }
}

extension PoolingKernel {
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        // A maximum owes its change to one source value, an average its share to each.
        let taps = Float(self.layer.kernel_height * self.layer.kernel_width)
        let gain = self.layer.kind == DV_POOL_MAXIMUM ? layer.density : layer.density / taps
        return [importance.map { $0 * gain }]
    }
}

extension GlobalPoolingKernel {
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let pixels = Float(height * width)
        return [importance.map { $0 / pixels }]
    }
}

extension UnaryKernel {
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        guard let scale else { return [importance] }
        return [importance.indices.map { importance[$0] * scale.base[$0] * scale.base[$0] }]
    }
}

extension BinaryKernel {
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let first = layer.sources[0], second = layer.sources.count > 1 ? layer.sources[1] : nil
        func gains(_ other: [Float]?) -> [Float] {
            importance.indices.map { c in
                switch function {
                case DV_MULTIPLY, DV_DIVIDE:
                    guard let other else { return importance[c] }
                    let square = other[other.count == 1 ? 0 : c]
                    return function == DV_MULTIPLY ? importance[c] * square : importance[c] / max(square, 1e-12)
                default: return importance[c]
                }
            }
        }
        var result: [[Float]]
        switch operand {
        case .constant(let values):
            return [gains(values.map { $0 * $0 })]
        case .image, .pixel:
            result = [gains(layer.meanSquares(second!)), gains(layer.meanSquares(first))]
        }
        if case .pixel = operand {
            // One value reaches every pixel.
            let pixels = Float(first.height * first.width)
            result[1] = result[1].map { $0 * pixels }
        }
        if second!.channels == 1, importance.count > 1 { result[1] = [result[1].reduce(0, +)] }
        return result
    }
}

extension CopyKernel {
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        guard let map else { return [importance.map { $0 * min(1, layer.density) }] }
        var result = [Float](repeating: 0, count: layer.sources[0].channels)
        for (c, from) in map.enumerated() { result[Int(from)] += importance[c] }
        return [result]
    }
}

extension ResizeKernel {
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        // Neighbours interpolated bilinearly carry about half of a value's square between them.
        [importance.map { $0 * layer.density * (isLinear ? 0.5 : 1) }]
    }
}

extension Activation {
    /// The square of the slope where the output is `y`.
    package func squaredSlope(atOutput y: Float) -> Float {
        switch function {
        case .identity: return 1
        case .clamp: return y > a && y < b ? 1 : 0
        case .leakyRelu: return y < 0 ? a * a : 1
        case .sigmoid: return y * (1 - y) * y * (1 - y)
        case .hardSigmoid: return y > 0 && y < 1 ? a * a : 0
        // Not told by the output alone below zero; there the slope is small.
        case .silu, .hardSwish, .mish: return y > 1 ? 1 : y > 0 ? 0.25 + 0.75 * y : 0.05
        case .tanh: return (1 - y * y) * (1 - y * y)
        case .exp: return y * y
        case .elu: return y < 0 ? (y + a) * (y + a) : 1
        }
    }
}
