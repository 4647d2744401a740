import CKernels
import Glibc
import Tensors

/// ONNX Attention (opset 23): softmax(scale · Q Kᵀ + mask) V, head by head.
///
/// Inputs: Q, K, V, each [batch, heads, length, size], or [batch, length, heads × size] with the numbers of heads as attributes; a mask
/// (optional) that broadcasts to [batch, heads, Q's length, K's length], added or, as bools, saying what is seen. Several heads of Q may
/// share one of K and V. A row that sees nothing gives 0. Then, optional and both or none: the keys and values of earlier calls, [batch,
/// heads, length, size], which come before K and V.
///
/// Outputs: the result, laid out as Q; all keys and all values, [batch, heads, length, size].
///
/// O(batch · heads · lengths² · size) in products of matrices, one head at a time, so that the scores stay in the cache.
public struct Attention: Operator {
    public var queryHeads: Int?
    public var keyHeads: Int?
    /// 1 / √size when nil.
    public var scale: Float?
    /// A query sees the keys up to its own place only.
    public var isCausal: Bool
    /// Scores are bent to ± this by tanh; 0 leaves them.
    public var softCap: Float
    public init(
        queryHeads: Int? = nil, keyHeads: Int? = nil, scale: Float? = nil, isCausal: Bool = false, softCap: Float = 0
    ) {
        (self.queryHeads, self.keyHeads, self.scale) = (queryHeads, keyHeads, scale)
        (self.isCausal, self.softCap) = (isCausal, softCap)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let operands = [
            try inputs.operand(0, "Q", [.float32]), try inputs.operand(1, "K", [.float32]), try inputs.operand(2, "V", [.float32]),
        ]
        let mask = try inputs.optionalOperand(3, "attn_mask", [.float32, .bool])
        let pastKeys = try inputs.optionalOperand(4, "past_key", [.float32])
        let pastValues = try inputs.optionalOperand(5, "past_value", [.float32])
        guard (pastKeys == nil) == (pastValues == nil) else { throw OperatorError("past_key and past_value go together") }
        guard let q = operands[0].shape, let k = operands[1].shape, let v = operands[2].shape,
            pastKeys == nil || pastKeys?.shape != nil && pastValues?.shape != nil
        else { return [ValueFacts](repeating: ValueFacts(.float32, nil), count: 3) }
        let sizes = try AttentionSizes(q, k, v, past: pastKeys?.shape?.dims, queryHeads: queryHeads, keyHeads: keyHeads)
        if let past = pastValues?.shape, past != [sizes.batch, sizes.keyHeads, sizes.past, sizes.valueSize] {
            throw OperatorError("past_value \(past) does not fit past_key and V")
        }
        if let given = mask?.shape { try sizes.check(mask: given) }
        return [
            ValueFacts(.float32, sizes.result), ValueFacts(.float32, try sizes.all(sizes.size)),
            ValueFacts(.float32, try sizes.all(sizes.valueSize)),
        ]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (q, k, v) = (inputs[0], inputs[1], inputs[2])
        let past = (inputs.optional(4), inputs.optional(5))
        let sizes = try AttentionSizes(q.shape, k.shape, v.shape, past: past.0?.shape.dims, queryHeads: queryHeads, keyHeads: keyHeads)
        let factor = scale ?? 1 / Float(sizes.size).squareRoot()
        let mask = inputs.optional(3).map { AttentionMask($0, sizes) }
        let queries = mapElements(try sizes.byHead(q, sizes.queryHeads)) { (x: Float) in x * factor }
        var (keys, values) = (try sizes.byHead(k, sizes.keyHeads), try sizes.byHead(v, sizes.keyHeads))
        if let pastKeys = past.0, let pastValues = past.1 {
            keys = try Concat(axis: 2).evaluate([pastKeys, keys])[0]
            values = try Concat(axis: 2).evaluate([pastValues, values])[0]
        }
        var scores = [Float](repeating: 0, count: sizes.rows * sizes.columns)
        let heads = Tensor([sizes.batch, sizes.queryHeads, sizes.rows, sizes.valueSize], of: Float.self) { out in
            if sizes.columns == 0 || sizes.rows == 0 { return }
            scores.withUnsafeMutableBufferPointer { scores in
                for head in 0..<(sizes.batch * sizes.queryHeads) {
                    let other = sizes.keyHead(of: head)
                    let scores = scores.baseAddress!
                    scores.update(repeating: 0, count: sizes.rows * sizes.columns)
                    addProduct(
                        queries.pointer() + head * sizes.rows * sizes.size, keys.pointer() + other * sizes.columns * sizes.size,
                        transposed: true, scores, rows: sizes.rows, columns: sizes.columns, depth: sizes.size)
                    bend(scores, count: sizes.rows * sizes.columns)
                    mask?.apply(to: scores, head: head)
                    if isCausal { hideFuture(scores, sizes) }
                    // A row can be without a number only where something hides them.
                    if mask == nil && !isCausal {
                        dv_softmax(scores, scores, Int64(sizes.columns), Int64(sizes.rows), 0)
                    } else {
                        softmax(scores, rows: sizes.rows, columns: sizes.columns)
                    }
                    addProduct(
                        scores, values.pointer() + other * sizes.columns * sizes.valueSize, transposed: false,
                        out.baseAddress! + head * sizes.rows * sizes.valueSize, rows: sizes.rows, columns: sizes.valueSize,
                        depth: sizes.columns)
                }
            }
        }
        withExtendedLifetime((queries, keys, values, mask)) {}
        if !sizes.isFlat { return [heads, keys, values] }
        return [try Transpose(permutation: [0, 2, 1, 3]).evaluate([heads])[0].reshaped(to: inputs.shape), keys, values]
    }

    private func bend(_ scores: UnsafeMutablePointer<Float>, count: Int) {
        guard softCap > 0 else { return }
        for i in 0..<count { scores[i] = softCap * tanhf(scores[i] / softCap) }
    }

    private func hideFuture(_ scores: UnsafeMutablePointer<Float>, _ sizes: AttentionSizes) {
        let columns = sizes.columns
        for row in 0..<sizes.rows {
            let seen = sizes.past + row + 1
            if seen < columns { (scores + row * columns + seen).update(repeating: -.infinity, count: columns - seen) }
        }
    }

    private func softmax(_ scores: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
        for row in 0..<rows {
            let scores = scores + row * columns
            if (0..<columns).allSatisfy({ scores[$0] == -.infinity }) {
                scores.update(repeating: 0, count: columns)
            } else {
                dv_softmax(scores, scores, Int64(columns), 1, 0)
            }
        }
    }
}

/// The extents of an attention, whichever way its inputs are laid out.
private struct AttentionSizes {
    let batch, queryHeads, keyHeads: Int
    /// Lengths of the queries and of the keys.
    let rows, columns: Int
    /// How many of the keys come from earlier calls.
    let past: Int
    let size, valueSize: Int
    /// Heads lie side by side in the last axis.
    let isFlat: Bool
    let result: Shape

    /// - Parameter past: extents of the keys of earlier calls, where there are any.
    init(_ q: Shape, _ k: Shape, _ v: Shape, past given: [Int]?, queryHeads: Int?, keyHeads: Int?) throws(OperatorError) {
        if let given, given.count != 4 { throw OperatorError("past_key \(Shape(given)) must have 4 axes") }
        past = given?[2] ?? 0
        guard q.rank == 3 || q.rank == 4, k.rank == q.rank, v.rank == q.rank else {
            throw OperatorError("Q \(q), K \(k) and V \(v) must all have 3 or all have 4 axes")
        }
        isFlat = q.rank == 3
        if isFlat {
            guard let heads = queryHeads, let others = keyHeads, heads > 0, others > 0, q[2] % heads == 0, k[2] % others == 0,
                v[2] % others == 0
            else { throw OperatorError("q_num_heads and kv_num_heads must be given and divide Q \(q), K \(k) and V \(v)") }
            (self.queryHeads, self.keyHeads, rows, columns) = (heads, others, q[1], k[1] + past)
            (size, valueSize) = (q[2] / heads, v[2] / others)
            guard k[2] / others == size, v[1] == k[1] else { throw OperatorError("Q \(q), K \(k) and V \(v) do not fit") }
            result = try Shape(checking: [q[0], rows, heads * valueSize])
        } else {
            (self.queryHeads, self.keyHeads, rows, columns) = (q[1], k[1], q[2], k[2] + past)
            (size, valueSize) = (q[3], v[3])
            guard k[3] == size, v[1] == k[1], v[2] == k[2] else { throw OperatorError("Q \(q), K \(k) and V \(v) do not fit") }
            result = try Shape(checking: [q[0], q[1], rows, valueSize])
        }
        batch = q[0]
        guard k[0] == batch, v[0] == batch, self.keyHeads > 0, self.queryHeads % self.keyHeads == 0 else {
            throw OperatorError("\(self.queryHeads) heads of Q \(q) do not share \(self.keyHeads) of K \(k) and V \(v)")
        }
        _ = try Shape(checking: [rows, columns])
        if let given, given != [batch, self.keyHeads, past, size] { throw OperatorError("past_key \(Shape(given)) does not fit K \(k)") }
    }

    /// Of all keys, or all values, by head.
    func all(_ size: Int) throws(OperatorError) -> Shape { try Shape(checking: [batch, keyHeads, columns, size]) }

    /// Which head of K and V belongs to one of Q, both counted over the batch.
    func keyHead(of head: Int) -> Int { head / queryHeads * keyHeads + head % queryHeads / (queryHeads / keyHeads) }

    /// [batch, heads, length, size].
    func byHead(_ x: Tensor, _ heads: Int) throws(OperatorError) -> Tensor {
        if !isFlat { return x }
        let split = x.reshaped(to: [x.shape[0], x.shape[1], heads, x.shape[2] / heads])
        return try Transpose(permutation: [0, 2, 1, 3]).evaluate([split])[0]
    }

    /// A mask may be shorter than the keys: what it does not reach is not seen.
    func check(mask: Shape) throws(OperatorError) {
        let full = Shape([batch, queryHeads, rows, columns])
        var padded = mask
        if let last = mask.dims.last, last < columns, last != 1 { padded[mask.rank - 1] = columns }
        guard mask.rank >= 1, padded.broadcast(with: full) == full else {
            throw OperatorError("attn_mask \(mask) does not broadcast to \(full)")
        }
    }
}

/// The mask as numbers to add.
private struct AttentionMask {
    private let values: [Float]
    private let strides: [Int]
    private let sizes: AttentionSizes
    /// Columns that the mask reaches.
    private let reach: Int

    init(_ mask: Tensor, _ sizes: AttentionSizes) {
        self.sizes = sizes
        values = mask.elementType == .bool ? mask.elements(of: Bool.self).map { $0 ? 0 : -.infinity } : mask.elements(of: Float.self)
        reach = mask.shape.dims.last == 1 ? sizes.columns : mask.shape.dims.last ?? sizes.columns
        strides = mask.shape.strides(broadcastTo: [sizes.batch, sizes.queryHeads, sizes.rows, reach])
    }

    func apply(to scores: UnsafeMutablePointer<Float>, head: Int) {
        let (rows, columns) = (sizes.rows, sizes.columns)
        let start = head / sizes.queryHeads * strides[0] + head % sizes.queryHeads * strides[1]
        let step = strides[3]
        values.withUnsafeBufferPointer { values in
            for row in 0..<rows {
                let (from, to) = (start + row * strides[2], scores + row * columns)
                for i in 0..<reach { to[i] += values[from + i * step] }
                for i in reach..<columns { to[i] = -.infinity }
            }
        }
    }
}
