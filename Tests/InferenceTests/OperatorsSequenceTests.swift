import Inference
import Tensors
import TestSupport
import Testing

struct OperatorsSequenceTests {
    private let one = floats([1]), two = floats([2, 3]), three = floats([4])

    private func sequence(_ items: Tensor...) -> Tensor { Tensor(sequence: items, of: .float32) }

    private func items(_ tensor: Tensor) -> [[Float]]? { tensor.items?.map { $0.elements() } }

    @Test func tensorsComeAndGo() throws {
        let made = try run(SequenceConstruct(), [one, two])[0]
        #expect(items(made) == [[1], [2, 3]])
        #expect(try items(run(SequenceInsert(), [made, three])[0]) == [[1], [2, 3], [4]])
        #expect(try items(run(SequenceInsert(), [made, three, Tensor(scalar: Int64(-2))])[0]) == [[4], [1], [2, 3]])
        #expect(try items(run(SequenceErase(), [made])[0]) == [[1]])
        #expect(try items(run(SequenceErase(), [made, Tensor(scalar: Int64(0))])[0]) == [[2, 3]])
        #expect(try run(SequenceAt(), [made, Tensor(scalar: Int64(-1))])[0].elements() == [2, 3] as [Float])
        #expect(try run(SequenceLength(), [made])[0].elements() == [Int64(2)])
        #expect(try run(SequenceEmpty(of: .int8), [])[0].items?.count == 0)
    }

    @Test func positionsOutsideAreRefused() {
        let made = sequence(one, two)
        for position: Int64 in [2, -3, .max, .min] {
            #expect(throws: OperatorError.self) { try run(SequenceAt(), [made, Tensor(scalar: position)]) }
        }
        #expect(throws: OperatorError.self) { try run(SequenceInsert(), [made, three, Tensor(scalar: Int64(3))]) }
        #expect(throws: OperatorError.self) { try run(SequenceErase(), [sequence()]) }
        #expect(throws: OperatorError.self) { try run(SequenceInsert(), [made, list([1])]) }
    }

    @Test func sequencesAreNoTensorsAndTensorsNoSequences() {
        #expect(throws: OperatorError.self) { try run(Unary(.relu), [sequence(one)]) }
        #expect(throws: OperatorError.self) { try run(Concat(axis: 0), [sequence(one)]) }
        #expect(throws: OperatorError.self) { try run(SequenceLength(), [one]) }
        #expect(throws: OperatorError.self) { try run(SequenceConstruct(), [one, list([1])]) }
    }

    @Test func partsSideBySideOrStacked() throws {
        #expect(try run(ConcatFromSequence(axis: 0), [sequence(one, two)])[0].elements() == [1, 2, 3] as [Float])
        let stacked = try run(ConcatFromSequence(axis: -1, makesAxis: true), [sequence(floats([1, 2]), two)])[0]
        #expect(stacked.shape == [2, 2])
        #expect(stacked.elements() == [1, 2, 2, 3] as [Float])
        #expect(throws: OperatorError.self) { try run(ConcatFromSequence(axis: 0, makesAxis: true), [sequence(one, two)]) }
        #expect(throws: OperatorError.self) { try run(ConcatFromSequence(axis: 0), [sequence()]) }
    }

    @Test func tensorsAreCut() throws {
        let x = Tensor([2, 5], (0..<10).map { Float($0) })
        let pairs = try run(SplitToSequence(axis: 1), [x, Tensor(scalar: Int64(2))])[0].items!
        #expect(pairs.map(\.shape) == [[2, 2], [2, 2], [2, 1]])
        #expect(pairs[2].elements() == [4, 9] as [Float])
        let listed = try run(SplitToSequence(axis: -1), [x, list([0, 4, 1])])[0].items!
        #expect(listed.map(\.shape) == [[2, 0], [2, 4], [2, 1]])
        let rows = try run(SplitToSequence(keepsAxis: false), [x])[0].items!
        #expect(rows.map(\.shape) == [[5], [5]])
        for wrong in [list([2, 2]), list([-1, 6]), Tensor(scalar: Int64(0)), Tensor(scalar: Int64.min), list([.max, .max])] {
            #expect(throws: OperatorError.self) { try run(SplitToSequence(axis: 1), [x, wrong]) }
        }
    }
}
