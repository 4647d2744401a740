import Tensors

/// ONNX Einsum: a sum of products of any number of operands, as the equation says (`bij,bjk->bik`). Labels are letters; `…` stands for
/// further axes, which broadcast; a label twice in an operand takes its diagonal; without `->` the labels that occur once remain, in
/// alphabetical order.
///
/// Operands are taken in from the left, each pair as one product of matrices. O(that product), and a strided copy of each operand.
public struct Einsum: Operator {
    public var equation: String
    public init(equation: String) { self.equation = equation }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let first = try inputs.operand(0, "Inputs", ElementType.numeric)
        var shapes: [Shape] = []
        for index in inputs.indices {
            let operand = try inputs.operand(index, "Inputs", [first.elementType])
            guard let shape = operand.shape else { return [ValueFacts(first.elementType, nil)] }
            shapes.append(shape)
        }
        return [ValueFacts(first.elementType, try EinsumEquation(equation, shapes).resultShape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let tensors = inputs.tensors.indices.map { inputs[$0] }
        let equation = try EinsumEquation(equation, tensors.map(\.shape))
        var result = try equation.operand(0, tensors[0])
        for index in tensors.indices.dropFirst() {
            // What neither the result nor a later operand names is summed now.
            let needed = Set(equation.result + equation.terms[(index + 1)...].flatMap { $0 })
            result = try result.product(with: try equation.operand(index, tensors[index]), keeping: needed)
        }
        return [try result.summed(keeping: Set(equation.result)).arranged(equation.result).reshaped(to: equation.resultShape)]
    }
}

/// The labels of every operand's axes. Those of the ellipsis have codes above all letters, counted from the right.
private struct EinsumEquation {
    let terms: [[Int]]
    let result: [Int]
    let extents: [Int: Int]
    let resultShape: Shape

    init(_ text: String, _ shapes: [Shape]) throws(OperatorError) {
        let text = text.filter { $0 != " " }
        let sides = Self.split(text, at: "->")
        let operands = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard sides.count <= 2, operands.count == shapes.count else {
            throw OperatorError("equation '\(text)' does not fit \(shapes.count) operands")
        }
        var terms: [[Int]] = []
        var extents: [Int: Int] = [:]
        var mostEllipsis = 0
        for (operand, shape) in zip(operands, shapes) {
            let named = try Self.labels(operand, ellipsis: 0).count
            let hasEllipsis = operand.contains(".")
            guard hasEllipsis ? named <= shape.rank : named == shape.rank else {
                throw OperatorError("'\(operand)' of equation '\(text)' does not fit shape \(shape)")
            }
            let term = try Self.labels(operand, ellipsis: shape.rank - named)
            if hasEllipsis { mostEllipsis = max(mostEllipsis, shape.rank - named) }
            for (label, extent) in zip(term, shape.dims) {
                let known = extents[label] ?? 1
                guard known == 1 || extent == 1 || known == extent else {
                    throw OperatorError("an axis of equation '\(text)' is both \(known) and \(extent) long")
                }
                extents[label] = known == 1 ? extent : known
            }
            terms.append(term)
        }
        (self.terms, self.extents) = (terms, extents)
        if sides.count == 2 {
            result = try Self.labels(sides[1], ellipsis: mostEllipsis)
        } else {
            let all = terms.flatMap { $0 }
            let once = Set(all).filter { label in label < Self.ellipsis && all.count { $0 == label } == 1 }.sorted()
            result = (0..<mostEllipsis).reversed().map { Self.ellipsis + $0 } + once
        }
        guard Set(result).count == result.count, result.allSatisfy({ extents[$0] != nil }) else {
            throw OperatorError("the result of equation '\(text)' names an axis twice, or one that no operand has")
        }
        resultShape = try Shape(checking: result.map { extents[$0] ?? 1 })
    }

    /// An operand with distinct labels.
    func operand(_ index: Int, _ tensor: Tensor) throws(OperatorError) -> LabeledTensor {
        let term = terms[index]
        var (labels, dims, strides): ([Int], [Int], [Int]) = ([], [], [])
        let own = tensor.shape.strides
        for (axis, label) in term.enumerated() {
            if let place = labels.firstIndex(of: label) {
                guard dims[place] == tensor.shape[axis] else {
                    throw OperatorError("a diagonal of \(dims[place]) and \(tensor.shape[axis]) in equation operand \(index)")
                }
                strides[place] += own[axis]
            } else {
                labels.append(label)
                dims.append(tensor.shape[axis])
                strides.append(own[axis])
            }
        }
        if labels.count == term.count { return LabeledTensor(labels: labels, tensor: tensor) }
        return LabeledTensor(labels: labels, tensor: tensor.strided(Shape(dims), strides: strides))
    }

    private static let ellipsis = 1 << 32

    private static func split(_ text: String, at mark: String) -> [String] {
        var sides = [""]
        var rest = Substring(text)
        while let next = rest.first {
            if rest.hasPrefix(mark) {
                sides.append("")
                rest = rest.dropFirst(mark.count)
            } else {
                sides[sides.count - 1].append(next)
                rest = rest.dropFirst()
            }
        }
        return sides
    }

    private static func labels(_ text: String, ellipsis count: Int) throws(OperatorError) -> [Int] {
        var labels: [Int] = []
        var rest = Substring(text)
        while let next = rest.first {
            if rest.hasPrefix("...") {
                guard !labels.contains(where: { $0 >= ellipsis }), !rest.dropFirst(3).contains(".") else {
                    throw OperatorError("'\(text)' has more than one ellipsis")
                }
                labels += (0..<count).reversed().map { ellipsis + $0 }
                rest = rest.dropFirst(3)
            } else if next.isASCII, next.isLetter, let scalar = next.unicodeScalars.first {
                labels.append(Int(scalar.value))
                rest = rest.dropFirst()
            } else {
                throw OperatorError("'\(text)' is no list of letters")
            }
        }
        return labels
    }
}

/// A tensor whose axes have names.
private struct LabeledTensor {
    var labels: [Int]
    var tensor: Tensor

    private func extent(_ label: Int) -> Int { labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1 }

    /// The tensor with its axes in that order; axes that it has not got are one long.
    func arranged(_ order: [Int]) throws(OperatorError) -> Tensor {
        try arranged(order, extents: order.map(extent))
    }

    /// The same, with axes of one repeated to the wanted extents.
    private func arranged(_ order: [Int], extents: [Int]) throws(OperatorError) -> Tensor {
        let own = tensor.shape.strides
        let shape = try Shape(checking: extents)
        let strides = order.map { label in labels.firstIndex(of: label).map { tensor.shape[$0] == 1 ? 0 : own[$0] } ?? 0 }
        if shape.elementCount == tensor.shape.elementCount, order.filter({ extent($0) != 1 }) == labels.filter({ extent($0) != 1 }) {
            return tensor.reshaped(to: shape)
        }
        return tensor.strided(shape, strides: strides)
    }

    /// Without the axes that are not kept.
    func summed(keeping kept: Set<Int>) throws(OperatorError) -> LabeledTensor {
        let axes = labels.indices.filter { !kept.contains(labels[$0]) }
        if axes.isEmpty { return self }
        let sum = try Reduction(.sum, keepsDims: false).evaluate([tensor, Tensor([axes.count], axes.map { Int64($0) })])[0]
        return LabeledTensor(labels: labels.filter(kept.contains), tensor: sum)
    }

    /// The sum of products over all labels that are not kept.
    func product(with other: LabeledTensor, keeping kept: Set<Int>) throws(OperatorError) -> LabeledTensor {
        // Axes of only one of the two that nobody needs are summed before.
        let a = try summed(keeping: kept.union(other.labels))
        let b = try other.summed(keeping: kept.union(labels))
        let shared = a.labels.filter(b.labels.contains)
        let batch = shared.filter(kept.contains)
        let contracted = shared.filter { !kept.contains($0) }
        let rows = a.labels.filter { !shared.contains($0) }
        let columns = b.labels.filter { !shared.contains($0) }
        func extents(_ labels: [Int]) -> [Int] { labels.map { a.extent($0) == 1 ? b.extent($0) : a.extent($0) } }
        let shape = try Shape(checking: extents(batch + rows + columns))
        if contracted.isEmpty {
            let product = try Binary(.multiply).evaluate([
                try a.arranged(batch + rows + columns), try b.arranged(batch + rows + columns),
            ])[0]
            return LabeledTensor(labels: batch + rows + columns, tensor: product)
        }
        func count(_ labels: [Int]) -> Int { extents(labels).reduce(1, *) }
        let left = try a.arranged(batch + rows + contracted, extents: extents(batch + rows + contracted))
        let right = try b.arranged(batch + contracted + columns, extents: extents(batch + contracted + columns))
        let product = try MatMul().evaluate([
            left.reshaped(to: [count(batch), count(rows), count(contracted)]),
            right.reshaped(to: [count(batch), count(contracted), count(columns)]),
        ])[0]
        return LabeledTensor(labels: batch + rows + columns, tensor: product.reshaped(to: shape))
    }
}
