import Tensors

/// ONNX LSTM, GRU and RNN, in one or both directions.
///
/// Inputs: X [steps, batch, inputs], W [directions, gates × hidden, inputs], R [directions, gates × hidden, hidden], B (optional)
/// [directions, 2 × gates × hidden], lengths (optional) [batch], the first hidden state (optional) [directions, batch, hidden]; for LSTM
/// also the first cell state and the peepholes [directions, 3 × hidden]. Outputs: Y [steps, directions, batch, hidden], the last hidden
/// state, for LSTM the last cell state. With `isBatchFirst` the batch comes first in X, Y and the states.
///
/// O(steps · batch · gates · hidden · (inputs + hidden)): what the inputs add is one product for all steps, the rest one for each.
public struct Recurrent: Operator {
    public enum Cell: Sendable, Hashable {
        case simple
        /// `resetsAfterProduct`: ONNX's `linear_before_reset`.
        case gru(resetsAfterProduct: Bool)
        /// `couplesInput`: the input gate is one minus the forget gate.
        case lstm(couplesInput: Bool)
    }
    public enum Direction: String, CaseIterable, Sendable { case forward, reverse, bidirectional }
    public var cell: Cell
    public var hidden: Int
    public var direction: Direction
    /// For each direction in turn: one function (simple), two (GRU) or three (LSTM).
    public var activations: [Unary.Function]
    /// Bounds what goes into the activations; nil where it is free.
    public var clip: Float?
    public var isBatchFirst: Bool

    public init(
        _ cell: Cell, hidden: Int, direction: Direction = .forward, activations: [Unary.Function]? = nil, clip: Float? = nil,
        isBatchFirst: Bool = false
    ) {
        (self.cell, self.hidden, self.direction, self.clip, self.isBatchFirst) = (cell, hidden, direction, clip, isBatchFirst)
        let one = cell.defaultActivations
        self.activations = activations ?? (direction == .bidirectional ? one + one : one)
    }

    var directions: Int { direction == .bidirectional ? 2 : 1 }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard hidden > 0, hidden <= 1 << 20 else { throw OperatorError("hidden_size \(hidden) is out of range") }
        guard activations.count == directions * cell.defaultActivations.count else {
            throw OperatorError("\(activations.count) activations instead of \(directions * cell.defaultActivations.count)")
        }
        let count = cell.isLSTM ? 3 : 2
        let x = try inputs.operand(0, "X", [.float32])
        _ = try inputs.operand(1, "W", [.float32])
        _ = try inputs.operand(2, "R", [.float32])
        guard let shape = try x.shape(rank: 3, "X") else { return (0..<count).map { _ in ValueFacts(.float32, nil) } }
        let (steps, batch) = isBatchFirst ? (shape[1], shape[0]) : (shape[0], shape[1])
        let gates = cell.gates * hidden
        let state: Shape = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
        try check(inputs, 1, "W", [directions, gates, shape[2]])
        try check(inputs, 2, "R", [directions, gates, hidden])
        try check(inputs, 3, "B", [directions, 2 * gates])
        try check(inputs, 4, "sequence_lens", [batch], ElementType.integers)
        try check(inputs, 5, "initial_h", state)
        if cell.isLSTM {
            try check(inputs, 6, "initial_c", state)
            try check(inputs, 7, "P", [directions, 3 * hidden])
        }
        // What the inputs add to all gates is kept for one direction at a time.
        _ = try Shape(checking: [steps, batch, gates])
        let y = try Shape(checking: isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden])
        _ = try Shape(checking: state.dims)
        return [ValueFacts(.float32, y)] + (1..<count).map { _ in ValueFacts(.float32, state) }
    }

    private func check(
        _ inputs: [ValueFacts?], _ index: Int, _ name: String, _ wanted: Shape, _ types: [ElementType] = [.float32]
    ) throws(OperatorError) {
        guard let shape = try inputs.optionalOperand(index, name, types)?.shape, shape != wanted else { return }
        throw OperatorError("\(name) has shape \(shape) instead of \(wanted)")
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let x = try swapped(inputs[0])
        let (steps, batch) = (x.shape[0], x.shape[1])
        let lengths = inputs.optional(4)?.integerElements ?? [Int](repeating: steps, count: batch)
        for length in lengths where length < 0 || length > steps {
            throw OperatorError("a length of \(length) in sequences of \(steps)")
        }
        let firstHidden = try inputs.optional(5).map { (state) throws(OperatorError) in try swapped(state) }
        let firstCell = try inputs.optional(6).map { (state) throws(OperatorError) in try swapped(state) }
        let stateCount = directions * batch * hidden
        var y = [Float](repeating: 0, count: steps * stateCount)
        var lastHidden: [Float] = firstHidden?.elements() ?? [Float](repeating: 0, count: stateCount)
        var lastCell: [Float] = firstCell?.elements() ?? [Float](repeating: 0, count: cell.isLSTM ? stateCount : 0)
        for index in 0..<directions where batch > 0 {
            let run = RecurrentRun(self, index, inputs: inputs, x: x, lengths: lengths)
            let offset = index * batch * hidden
            y.withUnsafeMutableBufferPointer { y in
                lastHidden.withUnsafeMutableBufferPointer { state in
                    lastCell.withUnsafeMutableBufferPointer { cells in
                        let ownCells = cell.isLSTM ? cells.baseAddress! + offset : nil
                        run.run(hidden: state.baseAddress! + offset, cell: ownCells) { place, values in
                            let to = ((place / batch * directions + index) * batch + place % batch) * hidden
                            (y.baseAddress! + to).update(from: values, count: hidden)
                        }
                    }
                }
            }
        }
        var outputs = [Tensor([steps, directions, batch, hidden], y), Tensor([directions, batch, hidden], lastHidden)]
        if cell.isLSTM { outputs.append(Tensor([directions, batch, hidden], lastCell)) }
        guard isBatchFirst else { return outputs }
        outputs[0] = try Transpose(permutation: [2, 0, 1, 3]).evaluate([outputs[0]])[0]
        for index in 1..<outputs.count { outputs[index] = try swapped(outputs[index]) }
        return outputs
    }

    /// The first two axes exchanged where the batch comes first.
    private func swapped(_ tensor: Tensor) throws(OperatorError) -> Tensor {
        isBatchFirst ? try Transpose(permutation: [1, 0, 2]).evaluate([tensor])[0] : tensor
    }
}

extension Recurrent.Cell {
    var isLSTM: Bool { if case .lstm = self { true } else { false } }

    var gates: Int {
        switch self {
        case .simple: 1
        case .gru: 3
        case .lstm: 4
        }
    }

    var defaultActivations: [Unary.Function] {
        switch self {
        case .simple: [.tanh]
        case .gru: [.sigmoid, .tanh]
        case .lstm: [.sigmoid, .tanh, .tanh]
        }
    }
}
