import Inference
import Tensors
import TestSupport
import Testing

/// Recurrent cells and attention, against recorded results of onnxruntime.
@Suite struct OperatorsRecurrentTests {
    @Test func lstm() throws {
        let inputs = [
            pattern([3, 2, 2]), pattern([2, 8, 2], 1, scale: 0.5), pattern([2, 8, 2], 2, scale: 0.5), pattern([2, 16], 3, scale: 0.3),
            Tensor([2], [3, 2] as [Int32]), pattern([2, 2, 2], 4, scale: 0.5), pattern([2, 2, 2], 5, scale: 0.5),
            pattern([2, 6], 6, scale: 0.4),
        ]
        let results = try run(Recurrent(.lstm(couplesInput: false), hidden: 2, direction: .bidirectional), inputs)
        expectClose(
            results[0],
            Tensor(
                [3, 2, 2, 2],
                [
                    -0.00837498, 0.01303275, 0.01135638, 0.1863013, 0.2909758, 0.03475026, 0.04114652, -0.1316721, 0.08791991,
                    -0.1756392, 0.2579027, -0.1058351, 0.1474572, 0.1105207, -0.06700882, 0.1220571, -0.03178929, 0.1303918, 0, 0,
                    0.2982557, -0.0186319, 0, 0,
                ] as [Float]), tight)
        expectClose(
            results[1],
            Tensor(
                [2, 2, 2],
                [
                    -0.03178929, 0.1303918, 0.2579027, -0.1058351, 0.2909758, 0.03475026, 0.04114652, -0.1316721,
                ] as [Float]), tight)
        expectClose(
            results[2],
            Tensor(
                [2, 2, 2],
                [
                    -0.1386543, 0.1633027, 0.4875227, -0.2285515, 0.4426166, 0.05393896, 0.06588084, -0.1889999,
                ] as [Float]), tight)
    }

    @Test func gru() throws {
        let inputs = [
            pattern([3, 2, 2]), pattern([1, 6, 2], 1, scale: 0.5), pattern([1, 6, 2], 2, scale: 0.5), pattern([1, 12], 3, scale: 0.3),
        ]
        expectClose(
            try run(Recurrent(.gru(resetsAfterProduct: false), hidden: 2, direction: .reverse), inputs)[0],
            Tensor(
                [3, 1, 2, 2],
                [
                    -0.09331171, -0.3360538, -0.1844562, -0.2532237, 0.0103792, -0.1049031, -0.01994926, 0.1689841, -0.134531,
                    -0.2999264, 0.2674611, 0.07425137,
                ] as [Float]), tight)
        let results = try run(Recurrent(.gru(resetsAfterProduct: true), hidden: 2), inputs)
        expectClose(
            results[0],
            Tensor(
                [3, 1, 2, 2],
                [
                    -0.07727264, -0.3275928, -0.1463771, -0.3528529, 0.09346786, -0.1804611, -0.2108607, -0.1893704, -0.02625886,
                    -0.3829411, 0.2138856, -0.1255773,
                ] as [Float]), tight)
        expectClose(
            results[1],
            Tensor(
                [1, 2, 2],
                [
                    -0.02625886, -0.3829411, 0.2138856, -0.1255773,
                ] as [Float]), tight)
    }

    @Test func rnn() throws {
        let inputs = [
            pattern([3, 2, 2]), pattern([1, 2, 2], 1, scale: 0.5), pattern([1, 2, 2], 2, scale: 0.5), pattern([1, 4], 3, scale: 0.3),
        ]
        let affine = Unary.Function.affine(alpha: 0.5, beta: 0.1)
        let results = try run(Recurrent(.simple, hidden: 2, activations: [affine], clip: 0.6), inputs)
        expectClose(
            results[0],
            Tensor(
                [3, 1, 2, 2],
                [
                    0.4, 0.040625, 0.4, -0.053125, -0.1482422, 0.4, 0.009960942, 0.375, 0.3751099, -0.02768555, -0.2, 0.4,
                ] as [Float]), tight)
        expectClose(
            results[1],
            Tensor(
                [1, 2, 2],
                [
                    0.3751099, -0.02768555, -0.2, 0.4,
                ] as [Float]), tight)
    }

    @Test func attention() throws {
        let mask = Tensor([2, 3], [true, false, true, true, true, true])
        expectClose(
            try run(
                Attention(scale: 0.7, softCap: 2), [pattern([1, 2, 2, 3]), pattern([1, 1, 3, 3], 1), pattern([1, 1, 3, 2], 2), mask])[0],
            Tensor(
                [1, 2, 2, 2],
                [
                    -0.481025, 0.12723, 0.1318969, -0.06177496, -0.375, 0, 0.03008243, 0.06042124,
                ] as [Float]), tight)
        let flat = Attention(queryHeads: 2, keyHeads: 2, isCausal: true)
        expectClose(
            try run(flat, [pattern([1, 2, 4]), pattern([1, 2, 4], 1), pattern([1, 2, 4], 2)])[0],
            Tensor(
                [1, 2, 4],
                [
                    0.25, -0.75, 1, 0, -0.6458564, 0.3250277, 0.6345329, -0.3654671,
                ] as [Float]), tight)
        // A row that sees nothing is zero.
        let none = Tensor([2, 2], [false, false, true, false])
        let blind = try run(Attention(), [pattern([1, 1, 2, 1]), pattern([1, 1, 2, 1]), Tensor([1, 1, 2, 1], [3, 4] as [Float]), none])
        #expect(blind[0].elements() == [0, 3] as [Float])
    }
}
