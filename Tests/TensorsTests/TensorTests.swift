import Tensors
import Testing

struct TensorTests {
    @Test func holdsWhatItIsGivenOnAlignedMemory() {
        let tensor = Tensor([2, 3], [Float](0..<6 as Range<Int>, by: 1))
        #expect(tensor.elements() == [0, 1, 2, 3, 4, 5] as [Float])
        #expect(UInt(bitPattern: tensor.baseAddress) % 64 == 0)
        let seen = tensor.reshaped(to: [3, 2])
        #expect(seen.shape == [3, 2])
        #expect(seen.baseAddress == tensor.baseAddress)
        #expect(Tensor(scalar: true).elementType == .bool)
        #expect(Tensor([4], of: Int64.self) { _ in }.elements(of: Int64.self) == [0, 0, 0, 0])
        #expect(Tensor([0, 7], of: Float.self) { _ in }.elements(of: Float.self).isEmpty)
    }

    @Test func writingLeavesCopiesAlone() {
        var tensor = Tensor([3], [Int32(7), 8, 9])
        let before = tensor.baseAddress
        tensor.withMutableElements(of: Int32.self) { $0[0] = 1 }
        #expect(tensor.baseAddress == before, "nobody else holds it")
        let copy = tensor.reshaped(to: [3, 1])
        tensor.withMutableElements(of: Int32.self) { $0[2] = 2 }
        #expect(copy.elements(of: Int32.self) == [1, 8, 9])
        #expect(tensor.elements(of: Int32.self) == [1, 8, 2])
    }

    @Test func copiesOutliveTheOriginal() {
        var tensor: Tensor? = Tensor([3], [Int32(7), 8, 9])
        let copy = tensor!.reshaped(to: [3, 1])
        tensor = nil
        #expect(copy.elements(of: Int32.self) == [7, 8, 9])
    }
}

extension [Float] {
    fileprivate init(_ range: Range<Int>, by factor: Float) { self = range.map { Float($0) * factor } }
}
