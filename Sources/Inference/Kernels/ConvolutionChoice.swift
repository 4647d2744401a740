extension ConvolutionKernel {
    /// The kernel that computes such a convolution fastest: one of rounded numbers where the precision says so and rounding is worth it.
    ///
    /// - Parameters:
    ///   - weights: OIHW with I = inputChannels / groups.
    ///   - allowsTiles: whether outputs may be computed by Winograd's tiles, which lie on a grid of the destination.
    static func fastest(
        _ geometry: Geometry, weights: UnsafeBufferPointer<Float>, bias: [Float]?, source: BufferSpec,
        activation: Unary.Function = .identity, addsAfterActivation: Bool = false, hasResidual: Bool = false, scaling: SumScaling? = nil,
        rounding: Rounding, allowsTiles: Bool = true
    ) -> any SpatialKernel {
        // Sums that are scaled are of whole numbers, which floats hold exactly.
        let isWorthwhile = scaling == nil && RoundedConvolutionKernel.isWorthwhile(geometry, rounding, source: source)
        let rounding = isWorthwhile ? rounding : .none, precision = rounding.precision
        // Four bytes a word are four times as many products as floats, of which tiles save 2.25; and what they add up takes more than bytes.
        if allowsTiles, precision.numbersPerWord <= 2, WinogradKernel.isWorthwhile(geometry, rounding) {
            return WinogradKernel(
                geometry, weights: weights, bias: bias, activation: activation, addsAfterActivation: addsAfterActivation,
                hasResidual: hasResidual, scaling: scaling, rounding: rounding)
        }
        if precision != .fp32 {
            return RoundedConvolutionKernel(
                geometry, weights: weights, bias: bias, source: source, activation: activation, addsAfterActivation: addsAfterActivation,
                hasResidual: hasResidual, rounding: rounding)
        }
        return ConvolutionKernel(
            geometry, weights: weights, bias: bias, source: source, activation: activation, addsAfterActivation: addsAfterActivation,
            hasResidual: hasResidual, scaling: scaling)
    }
}
