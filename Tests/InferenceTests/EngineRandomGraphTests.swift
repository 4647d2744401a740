import Inference
import Tensors
import Testing
import TestSupport

/// Planned sessions against the interpreter, on networks drawn from seeds.
struct EngineRandomGraphTests {
    @Test(arguments: 0..<8)
    func sessionsAgreeWithTheInterpreter(group: Int) throws {
        for seed in group * 40..<group * 40 + 40 {
            let random = RandomGraph(seed: seed), graph = random.graph
            var dice = Dice(seed + 1_000_000)
            let inputs = (0..<2).map { _ in dice.tensor(random.inputShape) }
            let plan: Plan
            do { plan = try Plan(graph) } catch {
                Issue.record("\(error)\n\(random.text)")
                continue
            }
            let one = Session(plan), two = Session(plan, threads: 2), unshared = try Plan(graph, sharesMemory: false)
            let own = Session(unshared), shared = Session(try plan.keepingActivations())
            #expect(try plan.keepingActivations().activationBytes == unshared.activationBytes)
            for input in inputs {
                let wanted = try Interpreter(graph: graph).run(["x": input])
                let got = try one.run([input])
                for (index, (output, reference)) in zip(got, wanted).enumerated() {
                    if let mismatch = Approximation.relativeToLargest(1e-4).mismatch(output, reference: reference) {
                        Issue.record("output \(index): \(mismatch)\n\(random.text)")
                    }
                }
                for (what, others) in [
                    ("2 threads", try two.run([input])), ("unshared memory", try own.run([input])), ("again", try one.run([input])),
                    ("memory shared later", try shared.run([input])),
                ] {
                    if !sameBits(others, got) { Issue.record("\(what) gives other bits\n\(random.text)") }
                }
            }
        }
    }
}

func sameBits(_ a: [Tensor], _ b: [Tensor]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { sameBits($0, $1) }
}

func sameBits(_ a: Tensor, _ b: Tensor) -> Bool {
    guard a.shape == b.shape, a.elementType == b.elementType else { return false }
    guard a.elementType == .float32 else { return Approximation.exact.mismatch(a, reference: b) == nil }
    return a.elements(of: Float.self).map(\.bitPattern) == b.elements(of: Float.self).map(\.bitPattern)
}
