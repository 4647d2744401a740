import Inference
import Tensors
import TestSupport
import Testing

/// Tensors whose elements follow from their places; what is expected of them was computed by onnxruntime 1.32.
func pattern(_ shape: Shape, _ seed: Int = 0, scale: Double = 1) -> Tensor {
    Tensor(shape, (0..<shape.elementCount).map { Float(Double(($0 * 7 + seed * 3) % 11 - 5) / 4 * scale) })
}

let tight = Approximation.close(relative: 1e-5, absolute: 2e-6)

/// Operators with much arithmetic, against recorded results of onnxruntime.
@Suite struct OperatorsRecordedTests {
    @Test func layerNormalization() throws {
        let results = try run(LayerNormalization(axis: -1, epsilon: 1e-3), [pattern([2, 3, 4]), pattern([4], 1), pattern([4], 2)])
        expectClose(
            results[0],
            Tensor(
                [2, 3, 4],
                [
                    0.9061702, -0.09382975, 0.868766, -0.9842554, 0.1501278, -2.497764, 1.349553, 0.1498084, 0.6111506, 1.156072,
                    1.060192, 0.7824929, 0.1501278, -2.497764, 1.349553, 0.1498084, 0.6111506, 1.156072, 1.060192, 0.7824929,
                    -0.2716619, -1.050959, 0.6187855, -0.5417259,
                ] as [Float]), tight)
        expectClose(
            results[1],
            Tensor(
                [2, 3, 1],
                [
                    0, 0.125, -0.4375, 0.375, -0.1875, -0.0625,
                ] as [Float]), tight)
        expectClose(
            results[2],
            Tensor(
                [2, 3, 1],
                [
                    1.049872, 1.597956, 1.284091, 1.597956, 1.284091, 1.284091,
                ] as [Float]), tight)
        expectClose(
            try run(LayerNormalization(axis: 1), [pattern([2, 3, 4]), pattern([3, 4], 1)])[0],
            Tensor(
                [2, 3, 4],
                [
                    0.6885718, 0.9076628, -0.1189351, -1.22065, 0.4256625, -0, -1.327065, 0.09389615, 0.2691689, -1.283247,
                    -0.08763641, 0.6885718, -0.2978392, -0.8799794, 0.3926062, -0.2030722, -1.028899, 0, 0.05415258, -1.015361,
                    -0.2301484, 0.4738351, -0.8393649, -0.2978392,
                ] as [Float]), tight)
        expectClose(
            try run(LayerNormalization(keepsMean: true), [pattern([2, 3, 4]), pattern([4], 1)])[0],
            Tensor(
                [2, 3, 4],
                [
                    0.6565285, 0.6565285, -0.1313057, -0.9847928, -0.1961137, -1.470853, 0.3922274, -0, 0.5601085, 1.050203,
                    -0.07001357, 1.050203, -0.3429939, -0.8574848, 0.4287424, -0.2572454, 0.4685176, 1.561725, 0, 0.9370353,
                    -0.4803805, -0.4003171, -0.4003171, -0.4803805,
                ] as [Float]), tight)
    }

    @Test func otherNormalizations() throws {
        expectClose(
            try run(GroupNormalization(groups: 2), [pattern([1, 4, 2, 1]), pattern([4], 1), pattern([4], 2)])[0],
            Tensor(
                [1, 4, 2, 1],
                [
                    0.9065285, -0.01261142, -1.406528, 0.8913213, 1.049999, 0.6500045, -1.049987, 0.1499981,
                ] as [Float]), tight)
        expectClose(
            try run(MeanVarianceNormalization(), [pattern([2, 2, 2, 1])])[0],
            Tensor(
                [2, 2, 2, 1],
                [
                    -1.310556, 1.135815, -1.310556, 1.135815, 0.7863336, -0.6115928, 0.7863336, -0.6115928,
                ] as [Float]), tight)
    }

    @Test func gridSample() throws {
        let (x, grid) = (pattern([1, 1, 3, 4]), pattern([1, 2, 4, 2], 3, scale: 1.1))
        let expected: [(GridSample.Mode, GridSample.PaddingMode, Bool, [Float])] = [
            (
                .linear, .zeros, false,
                [0, -0.2287499, 0, 0.5237499, 0, -0.2975001, 0, 0.4382811]
            ),
            (
                .linear, .zeros, true,
                [0, -0.6640625, 0.2578124, 0.3415624, -0.1503906, -0.4865625, 0, 0.4077343]
            ),
            (
                .linear, .border, false,
                [0, -1, 0.4125001, 0.5237499, -0.5156249, -1, 0, 0.5156249]
            ),
            (
                .linear, .border, true,
                [0, -0.7812501, 0.4124999, 0.3415624, -0.34375, -0.540625, 0, 0.4077343]
            ),
            (
                .linear, .reflection, false,
                [0, -1, 0.3429688, 0.5237499, -0.2656249, -1, 0, 0.5156249]
            ),
            (
                .linear, .reflection, true,
                [0.1499999, -0.5909375, 0.03398438, 0.3415624, 0.21875, -0.4878125, 0.0125, 0.4077343]
            ),
            (
                .nearest, .zeros, false,
                [0, 0, 0, 1.25, 0, 0, 0, 0]
            ),
            (
                .nearest, .zeros, true,
                [0, -1, 0.5, -0.5, 0, -1, -0.5, 0]
            ),
            (
                .nearest, .border, false,
                [0, -1, 0.5, 1.25, 0, -1, -0.5, 0]
            ),
            (
                .nearest, .border, true,
                [0, -1, 0.5, -0.5, 0, -1, -0.5, 0]
            ),
            (
                .nearest, .reflection, false,
                [0, -1, 0.5, 1.25, 0, -1, -0.5, 0]
            ),
            (
                .nearest, .reflection, true,
                [0, -1, 0.5, -0.5, 1, -1, -0.5, 0]
            ),
            (
                .cubic, .zeros, false,
                [-0.04724979, -0.3339577, -0.01906761, 0.7024482, 0.07694668, -0.4162489, -0.007464856, 0.6556285]
            ),
            (
                .cubic, .zeros, true,
                [-0.08128142, -0.8770476, 0.4604847, 0.5238935, -0.3241775, -0.6342267, -0.007593751, 0.6623895]
            ),
            (
                .cubic, .border, false,
                [-0.04724979, -1.225598, 0.4650478, 0.5287111, -0.6358495, -1.23024, -0.007464856, 0.6444018]
            ),
            (
                .cubic, .border, true,
                [-0.08128142, -0.886287, 0.6462184, 0.4820593, -0.5560491, -0.5722992, -0.007593751, 0.5759693]
            ),
            (
                .cubic, .reflection, false,
                [-0.1574998, -1.504227, 0.3996131, 0.5287111, -0.3097647, -1.425494, -0.02132809, 0.6459109]
            ),
            (
                .cubic, .reflection, true,
                [0.07150769, -0.8118209, 0.1213064, 0.4269225, 0.2615175, -0.7065792, 7.233955e-05, 0.5753789]
            ),
        ]
        for (mode, padding, alignsCorners, values) in expected {
            let result = try run(GridSample(mode: mode, padding: padding, alignsCorners: alignsCorners), [x, grid])[0]
            expectClose(result, Tensor([1, 1, 2, 4], values), tight, "\(mode) \(padding) \(alignsCorners)")
        }
        expectClose(
            try run(GridSample(padding: .border), [pattern([1, 1, 2, 3, 2]), pattern([1, 1, 2, 2, 3], 2, scale: 0.9)])[0],
            Tensor(
                [1, 1, 1, 2, 2],
                [
                    0.275, 0.5, 0.6503125, -0.1625,
                ] as [Float]), tight)
    }

    @Test func regionAlign() throws {
        let x = pattern([1, 1, 3, 4])
        let rois = Tensor([2, 4], [0, 0, 3, 2, 1, 0.5, 4.5, 3] as [Float])
        expectClose(
            try run(RegionAlign(height: 2, width: 2, samplingRatio: 2), [x, rois, list([0, 0])])[0],
            Tensor(
                [2, 1, 2, 2],
                [
                    -0.6230469, -0.01953125, -0.1914062, 0.2832031, 0.009765625, 0.4638672, 0.2241211, -0.8203125,
                ] as [Float]), tight)
        expectClose(
            try run(RegionAlign(width: 2, spatialScale: 0.5, halfPixel: false, takesMaximum: true), [x, rois, list([0, 0])])[0],
            Tensor(
                [2, 1, 1, 2],
                [
                    0.09375, 0.21875, 0.2050781, 0.6601562,
                ] as [Float]), tight)
    }

    @Test func fusedMatMul() throws {
        expectClose(
            try run(FusedMatMul(alpha: 0.5, transposesA: true, transposesB: true), [pattern([2, 3, 2]), pattern([2, 4, 3], 1)])[0],
            Tensor(
                [2, 2, 4],
                [
                    0.03125, 0.21875, 0.40625, 0.59375, 0.5625, 0.4375, 0.3125, 0.1875, 0.59375, 0.625, 0.65625, 0.34375, 0.5625,
                    0.625, 0.6875, -0.96875,
                ] as [Float]), tight)
    }

    @Test func lpPooling() throws {
        expectClose(
            try run(LpPooling(order: 3, kernel: [2, 2], padding: .explicit([0, 1, 0, 0])), [pattern([1, 1, 3, 4])])[0],
            Tensor(
                [1, 1, 2, 4],
                [
                    1.253325, 1.36003, 1.186865, 1.454662, 1.005181, 1.229671, 1.229671, 1.437224,
                ] as [Float]), tight)
    }

    @Test func columnsToImage() throws {
        expectClose(
            try run(ColumnsToImage(), [pattern([1, 4, 4]), list([3, 3]), list([2, 2])])[0],
            Tensor(
                [1, 1, 3, 3],
                [
                    -1.25, 0.75, -0.75, -1.5, 3.5, -0.5, -0.25, 0, 0.25,
                ] as [Float]), tight)
    }
}
