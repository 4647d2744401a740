import CKernels
import Glibc
import Testing
import TestSupport

struct SoftmaxTests {
    @Test(arguments: [1, 2, 15, 16, 17, 80, 1001], [false, true])
    func matchesDoublePrecision(length: Int, isLogarithm: Bool) {
        for (round, scale) in [Float(1), 20, 1e4].enumerated() {
            var dice = Dice(length * 10 + round)
            let count = 3, source = dice.floats(length * count).map { $0 * scale }
            ISA.each { isa in
                var result = [Float](repeating: .nan, count: source.count + 16)
                dv_softmax(source, &result, Int64(length), Int64(count), isLogarithm ? 1 : 0)
                for row in 0..<count {
                    let x = source[row * length..<(row + 1) * length].map(Double.init), largest = x.max()!
                    let sum = x.reduce(0) { $0 + exp($1 - largest) }
                    for (i, value) in x.enumerated() {
                        let exact = isLogarithm ? value - largest - log(sum) : exp(value - largest) / sum
                        if let wrong = near(
                            result[row * length + i], exact, isLogarithm ? 3e-6 * (abs(value) + abs(largest) + 1) : 4e-6 * exact + 2e-38)
                        {
                            Issue.record("\(isa), length \(length), scale \(scale), row \(row), element \(i): \(wrong)")
                        }
                    }
                }
                for value in result[source.count...] where !value.isNaN { Issue.record("\(isa): written beyond the rows") }
            }
        }
    }
}
