import Tensors

/// One direction of `Recurrent` over all steps. All inputs have been checked.
struct RecurrentRun {
    private let cell: Recurrent.Cell
    private let hidden, batch, steps: Int
    private let isReverse: Bool
    private let activations: [Unary.Function]
    private let clip: Float?
    private let lengths: [Int]
    /// [steps, batch, gates × hidden]: what the inputs and the biases add.
    private let fromInputs: [Float]
    /// [gates × hidden, hidden].
    private let recurrence: [Float]
    /// GRU's bias inside of the reset gate's product; zeros elsewhere.
    private let resetBias: [Float]
    /// Of LSTM: for the input, output and forget gates.
    private let peepholes: [Float]?

    init(_ op: Recurrent, _ index: Int, inputs: Operands, x: Tensor, lengths: [Int]) {
        let gates = op.cell.gates * op.hidden
        (cell, hidden, clip, self.lengths) = (op.cell, op.hidden, op.clip, lengths)
        (steps, batch) = (x.shape[0], x.shape[1])
        isReverse = op.direction == .reverse || index == 1
        let functions = op.cell.defaultActivations.count
        activations = Array(op.activations[(index * functions)..<((index + 1) * functions)])
        func part(_ input: Int, _ count: Int) -> [Float]? {
            inputs.optional(input)?.withElements(of: Float.self) { Array($0[(index * count)..<((index + 1) * count)]) }
        }
        let (rows, width) = (steps * batch, x.shape[2])
        recurrence = part(2, gates * hidden) ?? []
        peepholes = op.cell.isLSTM ? part(7, 3 * hidden) : nil
        let bias = part(3, 2 * gates) ?? [Float](repeating: 0, count: 2 * gates)
        // The recurrent bias joins the other one, except where GRU multiplies it by the reset gate.
        var joined = (0..<gates).map { bias[$0] + bias[gates + $0] }
        var inside = [Float](repeating: 0, count: hidden)
        if case .gru(resetsAfterProduct: true) = op.cell {
            for i in 0..<hidden { (joined[2 * hidden + i], inside[i]) = (bias[2 * hidden + i], bias[gates + 2 * hidden + i]) }
        }
        resetBias = inside
        var sums = [Float](repeating: 0, count: rows * gates)
        let weights = part(1, gates * width) ?? []
        sums.withUnsafeMutableBufferPointer { sums in
            guard let to = sums.baseAddress, rows > 0 else { return }
            for row in 0..<rows { for i in 0..<gates { to[row * gates + i] = joined[i] } }
            weights.withUnsafeBufferPointer { weights in
                guard width > 0, let weights = weights.baseAddress else { return }
                x.withElements(of: Float.self) { x in
                    addProduct(x.baseAddress!, weights, transposed: true, to, rows: rows, columns: gates, depth: width)
                }
            }
        }
        fromInputs = sums
    }

    /// Takes the states [batch, hidden] through all steps; calls `emit` with step · batch + sequence and the hidden state there.
    func run(
        hidden state: UnsafeMutablePointer<Float>, cell cellState: UnsafeMutablePointer<Float>?,
        emit: (Int, UnsafePointer<Float>) -> Void
    ) {
        let gates = cell.gates * hidden
        let empty: [Float] = []
        var buffer = [Float](repeating: 0, count: batch * gates)
        var extra = [Float](repeating: 0, count: hidden)
        buffer.withUnsafeMutableBufferPointer { buffer in
            extra.withUnsafeMutableBufferPointer { extra in
                recurrence.withUnsafeBufferPointer { recurrence in
                    (peepholes ?? empty).withUnsafeBufferPointer { peepholes in
                        for step in 0..<steps {
                            let products = buffer.baseAddress!
                            products.update(repeating: 0, count: batch * gates)
                            addProduct(
                                state, recurrence.baseAddress!, transposed: true, products, rows: batch, columns: gates, depth: hidden)
                            for sequence in 0..<batch where step < lengths[sequence] {
                                let place = (isReverse ? lengths[sequence] - 1 - step : step) * batch + sequence
                                let (own, values) = (state + sequence * hidden, products + sequence * gates)
                                fromInputs.withUnsafeBufferPointer { inputs in
                                    let inputs = inputs.baseAddress! + place * gates
                                    switch cell {
                                    case .simple: simple(own, values, inputs)
                                    case .gru(let after): gru(own, values, inputs, extra.baseAddress!, recurrence.baseAddress!, after)
                                    case .lstm(let couples):
                                        lstm(
                                            own, cellState! + sequence * hidden, values, inputs,
                                            peepholes.isEmpty ? nil : peepholes.baseAddress!, couples)
                                    }
                                }
                                emit(place, own)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Clipped, then through function number `index`.
    private func activate(_ x: UnsafeMutablePointer<Float>, _ index: Int, count: Int) {
        if let clip { for i in 0..<count { x[i] = min(max(x[i], -clip), clip) } }
        activations[index].apply(x, to: x, count: count)
    }

    private func simple(_ state: UnsafeMutablePointer<Float>, _ values: UnsafeMutablePointer<Float>, _ inputs: UnsafePointer<Float>) {
        for i in 0..<hidden { state[i] = values[i] + inputs[i] }
        activate(state, 0, count: hidden)
    }

    /// Gates: update, reset, new state.
    private func gru(
        _ state: UnsafeMutablePointer<Float>, _ values: UnsafeMutablePointer<Float>, _ inputs: UnsafePointer<Float>,
        _ extra: UnsafeMutablePointer<Float>, _ recurrence: UnsafePointer<Float>, _ resetsAfterProduct: Bool
    ) {
        let (reset, candidate) = (values + hidden, values + 2 * hidden)
        for i in 0..<(2 * hidden) { values[i] += inputs[i] }
        activate(values, 0, count: 2 * hidden)
        if resetsAfterProduct {
            for i in 0..<hidden { candidate[i] = inputs[2 * hidden + i] + reset[i] * (candidate[i] + resetBias[i]) }
        } else {
            for i in 0..<hidden { (extra[i], candidate[i]) = (reset[i] * state[i], inputs[2 * hidden + i]) }
            addProduct(
                extra, recurrence + 2 * hidden * hidden, transposed: true, candidate, rows: 1, columns: hidden, depth: hidden)
        }
        activate(candidate, 1, count: hidden)
        for i in 0..<hidden { state[i] = (1 - values[i]) * candidate[i] + values[i] * state[i] }
    }

    /// Gates: input, output, forget, cell.
    private func lstm(
        _ state: UnsafeMutablePointer<Float>, _ cellState: UnsafeMutablePointer<Float>, _ values: UnsafeMutablePointer<Float>,
        _ inputs: UnsafePointer<Float>, _ peepholes: UnsafePointer<Float>?, _ couplesInput: Bool
    ) {
        let (output, forget, candidate) = (values + hidden, values + 2 * hidden, values + 3 * hidden)
        for i in 0..<(4 * hidden) { values[i] += inputs[i] }
        if let peepholes {
            for i in 0..<hidden {
                values[i] += peepholes[i] * cellState[i]
                forget[i] += peepholes[2 * hidden + i] * cellState[i]
            }
        }
        activate(values, 0, count: hidden)
        activate(forget, 0, count: hidden)
        activate(candidate, 1, count: hidden)
        if couplesInput { for i in 0..<hidden { forget[i] = 1 - values[i] } }
        for i in 0..<hidden { cellState[i] = forget[i] * cellState[i] + values[i] * candidate[i] }
        if let peepholes { for i in 0..<hidden { output[i] += peepholes[hidden + i] * cellState[i] } }
        activate(output, 0, count: hidden)
        activations[2].apply(cellState, to: state, count: hidden)
        for i in 0..<hidden { state[i] *= output[i] }
    }
}
