/// What an object looks like, by the vectors that a model gives of it.
struct Appearance: Codable, Sendable, Equatable {
    /// Views that differ from each other, each of length 1, oldest first.
    private var views: [[Float]]
    private var patience: Patience

    /// Views that are kept: enough for both sides, near and far.
    static let mostViews = 8
    /// Seconds after which an object is looked at anew at the latest: to notice what was put on, at next to no cost.
    static let longest = 10.0

    /// - Parameter vector: of length 1.
    init(_ vector: [Float], at time: Double) { (views, patience) = ([vector], Patience(since: time)) }

    /// The cosine distance to the view that is most alike, 0…2.
    ///
    /// - Parameter vector: of length 1; of as many numbers as the others, or it is like none.
    func distance(to vector: [Float]) -> Double {
        views.map { view in view.count == vector.count ? 1 - Double(zip(view, vector).reduce(0) { $0 + $1.0 * $1.1 }) : 2 }.min() ?? 2
    }

    func isDue(at time: Double) -> Bool { patience.isOver(at: time, longest: Self.longest) }

    /// Takes another look. One that shows nothing new is not kept.
    mutating func see(_ vector: [Float], at time: Double) {
        let agrees = 1 - distance(to: vector) >= Patience.sameEmbedding
        if !agrees { views = views.suffix(Self.mostViews - 1) + [vector] }
        patience.look(agrees: agrees, at: time, longest: Self.longest)
    }

    /// A vector of length 1 in the same direction; nil where it has none.
    static func unit(_ vector: [Float]) -> [Float]? {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 && length.isFinite ? vector.map { $0 / length } : nil
    }
}
