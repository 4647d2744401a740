import Inference

extension OperatorRegistry {
    static var control: [String: OperatorEntry] {
        [
            "If": OperatorEntry(1...1, outputs: 1...Int.max) { node throws(ImportError) in try node.conditional() },
            "Loop": OperatorEntry(0...Int.max, outputs: 1...Int.max) { node throws(ImportError) in try node.loop() },
            "Scan": OperatorEntry(1...Int.max, outputs: 1...Int.max, since: 9) { node throws(ImportError) in try node.scan() },
            "SequenceConstruct": OperatorEntry(1...Int.max, since: 11, SequenceConstruct()),
            "SequenceEmpty": OperatorEntry(0...0, since: 11) { node throws(ImportError) in
                let type = DataType(Int32(truncatingIfNeeded: try node.attributes.int("dtype") ?? 1))
                guard let elementType = type.elementType else {
                    throw node.error(.unsupportedType, "tensors of type \(type.name) are not supported")
                }
                return SequenceEmpty(of: elementType)
            },
            "SequenceAt": OperatorEntry(2...2, since: 11, SequenceAt()),
            "SequenceInsert": OperatorEntry(2...3, since: 11, SequenceInsert()),
            "SequenceErase": OperatorEntry(1...2, since: 11, SequenceErase()),
            "SequenceLength": OperatorEntry(1...1, since: 11, SequenceLength()),
            "ConcatFromSequence": OperatorEntry(1...1, since: 11) { node throws(ImportError) in
                guard let axis = try node.attributes.int("axis") else { throw node.error(.invalidGraph, "axis is missing") }
                return ConcatFromSequence(axis: axis, makesAxis: try node.attributes.flag("new_axis"))
            },
            "SplitToSequence": OperatorEntry(1...2, since: 11) { node throws(ImportError) in
                SplitToSequence(
                    axis: try node.attributes.int("axis") ?? 0, keepsAxis: try node.attributes.flag("keepdims", default: true))
            },
        ]
    }
}

extension NodeImport {
    /// The graph in attribute `body`; what it reads of the graph around it becomes further inputs.
    private mutating func body(inputCount: Int, outputCount: ClosedRange<Int>) throws(ImportError) -> Subgraph {
        guard let proto = try attributes.graph("body") else { throw error(.invalidGraph, "body is missing") }
        guard outputCount.contains(proto.output.count) else {
            throw error(.invalidGraph, "its body has \(proto.output.count) outputs, which do not go with its own \(outputs.count)")
        }
        let (graph, captures) = try GraphImport.subgraph(
            proto, inputCount: inputCount, sets: context.sets, weights: attributes.weights, inside: self.graph)
        inputs += captures.map { $0 }
        return graph
    }

    /// Inputs from `first` on, all of which must be there.
    private func checkStates(from first: Int) throws(ImportError) {
        guard inputs.dropFirst(first).allSatisfy({ $0 != nil }) else { throw error(.invalidGraph, "one of its states is missing") }
    }

    fileprivate mutating func loop() throws(ImportError) -> Loop {
        while inputs.count < 2 { inputs.append(nil) }
        try checkStates(from: 2)
        let states = inputs.count - 2
        let body = try body(inputCount: 2 + states, outputCount: max(1 + states, 1 + outputs.count)...Int.max)
        return Loop(body: body, stateCount: states)
    }

    fileprivate mutating func scan() throws(ImportError) -> Scan {
        try checkStates(from: 0)
        guard let count = try attributes.int("num_scan_inputs"), count >= 1, count <= inputs.count else {
            throw error(.invalidGraph, "num_scan_inputs is missing, or not one to the number of its inputs")
        }
        let states = inputs.count - count
        let body = try body(inputCount: inputs.count, outputCount: max(states, outputs.count)...Int.max)
        let scanned = try tracks("scan_input", count)
        return Scan(body: body, stateCount: states, inputs: scanned, outputs: try tracks("scan_output", body.outputs.count - states))
    }

    private mutating func tracks(_ name: String, _ count: Int) throws(ImportError) -> [Scan.Track] {
        let axes = try attributes.ints("\(name)_axes") ?? [Int](repeating: 0, count: count)
        let directions = try attributes.ints("\(name)_directions") ?? [Int](repeating: 0, count: count)
        guard axes.count == count, directions.count == count else {
            throw error(.invalidGraph, "\(name)_axes or \(name)_directions has not \(count) figures")
        }
        return zip(axes, directions).map { Scan.Track(axis: $0, isReversed: $1 != 0) }
    }

    /// A branch that cannot be run is no obstacle as long as the condition does not lead there.
    fileprivate mutating func conditional() throws(ImportError) -> Conditional {
        guard let then = try attributes.graph("then_branch"), let otherwise = try attributes.graph("else_branch") else {
            throw error(.invalidGraph, "then_branch or else_branch is missing")
        }
        guard then.output.count == outputs.count, otherwise.output.count == outputs.count else {
            throw error(
                .invalidGraph, "its branches have \(then.output.count) and \(otherwise.output.count) outputs instead of \(outputs.count)")
        }
        var failures: [ImportError] = []
        var captured: [[ValueID]] = []
        var branches: [Conditional.Branch] = []
        let known = constant(0).flatMap { $0.elementType == .bool ? $0.elements(of: Bool.self).first : nil }
        for (proto, choice) in [(then, true), (otherwise, false)] {
            if let known, known != choice {
                branches.append(.unusable("the condition never leads there"))
                captured.append([])
                continue
            }
            do throws(ImportError) {
                let (graph, captures) = try GraphImport.subgraph(
                    proto, sets: context.sets, weights: attributes.weights, inside: self.graph)
                branches.append(.graph(graph))
                captured.append(captures)
            } catch {
                guard [.unsupportedOperator, .unsupportedType, .unsupportedAttribute].contains(error.code) else { throw error }
                failures.append(error)
                branches.append(.unusable(error.description))
                captured.append([])
            }
        }
        if let failure = failures.first, failures.count == (known == nil ? 2 : 1) { throw failure }
        inputs += (captured[0] + captured[1]).map { $0 }
        return Conditional(then: branches[0], otherwise: branches[1], thenInputCount: captured[0].count, outputCount: outputs.count)
    }
}
