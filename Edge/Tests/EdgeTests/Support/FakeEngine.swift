import Foundation
import Models
import Vision

@testable import CacheNet

/// Answers by what the pixels add up to, so that every picture has an answer of its own; as slowly as is wanted.
final class FakeEngine {
    static let submodels = 3
    private let gate: Gate?

    init(_ gate: Gate? = nil) { self.gate = gate }

    func infer(_ request: EdgeRequest) throws(DeepVidError) -> EdgeAnswer {
        gate?.wait()
        if request.pixels.allSatisfy({ $0 == 255 }) { throw DeepVidError(.modelFailed, "the model does not like white") }
        return Self.answer(request)
    }

    static func answer(_ request: EdgeRequest) -> EdgeAnswer {
        let sum = request.pixels.reduce(0) { $0 + Int($1) }
        return EdgeAnswer(
            result: .classes([Classification(classID: sum % 10, label: "class \(sum % 10)", score: 0.75)]),
            selection: Selection(submodel: sum % submodels + 1, angle: Double(sum % 6)), submodelSHA256: "", modelMilliseconds: 250)
    }
}

/// Lets engines through once it is open.
final class Gate: Sendable {
    private let condition = NSCondition()
    nonisolated(unsafe) private var isOpen = false
    nonisolated(unsafe) private var waiting = 0

    func wait() {
        condition.lock()
        waiting += 1
        condition.broadcast()
        while !isOpen { condition.wait() }
        condition.unlock()
    }

    func open() {
        condition.lock()
        isOpen = true
        condition.broadcast()
        condition.unlock()
    }

    /// Until as many engines stand before it.
    func waitFor(_ count: Int) {
        condition.lock()
        while waiting < count { condition.wait() }
        condition.unlock()
    }
}
