import Tensors
import TestSupport
import Testing

struct ApproximationTests {
    private func tensor(_ values: [Float]) -> Tensor { Tensor([values.count], values) }

    @Test func exactAllowsNothingButNaNForNaN() {
        #expect(Approximation.exact.mismatch(tensor([1, .nan, .infinity]), reference: tensor([1, .nan, .infinity])) == nil)
        #expect(Approximation.exact.mismatch(tensor([1, 2]), reference: tensor([1, Float(2).nextUp])) != nil)
        #expect(Approximation.exact.mismatch(tensor([.nan]), reference: tensor([0])) != nil)
    }

    @Test func exactMeansTheSameBitsAlsoOfZero() {
        #expect(Approximation.exact.mismatch(tensor([-0.0]), reference: tensor([0.0])) != nil)
    }

    @Test func closenessIsRelativeToEachElementOrToTheLargest() {
        let close = Approximation.close(relative: 0.1, absolute: 0.01)
        #expect(close.mismatch(tensor([1.09, 0.005]), reference: tensor([1, 0])) == nil)
        #expect(close.mismatch(tensor([1.2]), reference: tensor([1])) != nil)
        let largest = Approximation.relativeToLargest(0.01)
        #expect(largest.mismatch(tensor([100, 0.9]), reference: tensor([100, 0])) == nil)
        #expect(largest.mismatch(tensor([100, 1.1]), reference: tensor([100, 0])) != nil)
        for how in [close, largest] {
            #expect(how.mismatch(tensor([.nan]), reference: tensor([1])) != nil)
            #expect(how.mismatch(tensor([.infinity]), reference: tensor([1])) != nil)
            #expect(how.mismatch(tensor([1, .infinity]), reference: tensor([1, .infinity])) == nil)
        }
    }

    @Test func shapesAndTypesMustAgree() {
        #expect(Approximation.exact.mismatch(tensor([1, 2]), reference: Tensor([2, 1], [Float(1), 2])) != nil)
        #expect(Approximation.exact.mismatch(tensor([1]), reference: Tensor([1], [Int32(1)])) != nil)
        #expect(Approximation.exact.mismatch(Tensor([1], [Int64(3)]), reference: Tensor([1], [Int64(4)])) != nil)
    }
}
