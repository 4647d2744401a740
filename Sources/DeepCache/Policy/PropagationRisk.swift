import Foundation

/// What is known, before the network runs, of how wrong a frame's answer may be if the boxes of the last computed frame are moved to where
/// their contents went.
public struct PropagationRisk: Codable, Sendable, Equatable {
    /// Frames since the network ran; 1 for the next one.
    public var age: Int
    /// Reported objects of the last computed frame.
    public var objects: Int
    /// Mean over these of how badly the moved contents fit, 0…1, and of how far they moved, in sides of their boxes, at most 1.
    public var misfit: Double
    public var motion: Double
    /// Objects that are not found any more, and strong changes that no object explains, in objects of the usual size. Where such changes
    /// came to nothing before, they count less.
    public var appeared: Double

    public init(age: Int, objects: Int, misfit: Double = 0, motion: Double = 0, appeared: Double = 0) {
        (self.age, self.objects, self.misfit, self.motion, self.appeared) = (age, objects, misfit, motion, appeared)
    }

    /// What the expected loss is linear in: that of any frame of this age, of misfit, of motion, and of what appeared; without objects, the
    /// first alone.
    var features: [Double] {
        let flicker = 1 - pow(PolicyConstants.Propagation.flickerDecay, Double(max(0, age)))
        return objects > 0 ? [flicker, misfit, motion, appeared / (Double(objects) + max(1, appeared))] : [flicker]
    }
}

/// Which share of a frame's objects will be wrong: a linear regression with a prior, on frames that were computed and could have been
/// propagated. Coefficients are not negative.
///
/// - Complexity: a few multiplications a frame.
struct ErrorModel: Codable, Sendable {
    private typealias Constants = PolicyConstants.Propagation
    private let prior: [Double]
    /// Normal equations, what the prior puts in them excluded.
    private var products, targets: [Double]
    private var coefficients: [Double]

    /// - Parameter prior: coefficients before anything was seen.
    init(prior: [Double]) {
        (self.prior, coefficients) = (prior, prior)
        products = Array(repeating: 0, count: prior.count * prior.count)
        targets = Array(repeating: 0, count: prior.count)
    }

    func expected(_ features: [Double]) -> Double { min(1, zip(coefficients, features).reduce(0) { $0 + $1.0 * $1.1 }) }

    /// Takes a frame whose loss is known, 0…1.
    mutating func add(_ features: [Double], loss: Double) {
        guard loss.isFinite, features.allSatisfy(\.isFinite) else { return }
        let n = prior.count
        for i in 0..<n {
            for j in 0..<n { products[i * n + j] = Constants.memory * products[i * n + j] + features[i] * features[j] }
            targets[i] = Constants.memory * targets[i] + features[i] * loss
        }
        solve()
    }

    /// The coefficients of least error, one after the other, none below 0: coordinate descent, whose matrix is positive definite.
    private mutating func solve() {
        let n = prior.count
        for _ in 0..<20 {
            for i in 0..<n {
                var rest = targets[i] + Constants.priorSamples * prior[i]
                for j in 0..<n where j != i { rest -= products[i * n + j] * coefficients[j] }
                coefficients[i] = max(0, rest / (products[i * n + i] + Constants.priorSamples))
            }
        }
    }
}
