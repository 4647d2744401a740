/// The most accurate choice of one variant a model that a budget allows.
enum Selection {
    struct Candidate {
        let variant: Int
        /// Milliseconds a frame.
        let cost: Double
        /// 0…1.
        let accuracy: Double
    }

    private struct Partial {
        var cost = 0.0
        var accuracy = 0.0
        var variants: [Int] = []
    }

    /// Model by model, keeping of all partial choices those that no other one beats in both cost and accuracy: exact, however many there are.
    ///
    /// - Parameters:
    ///   - models: of each model, one candidate or more.
    ///   - limit: of the summed cost.
    /// - Returns: the variant of each model whose summed accuracy is greatest, at the least cost; where nothing is within the limit, the
    ///   cheapest choice.
    static func best(_ models: [[Candidate]], within limit: Double) -> [Int] {
        var front = [Partial()]
        for candidates in models {
            let all = front.flatMap { partial in
                candidates.map { candidate in
                    Partial(
                        cost: partial.cost + candidate.cost, accuracy: partial.accuracy + candidate.accuracy,
                        variants: partial.variants + [candidate.variant])
                }
            }.sorted { ($0.cost, -$0.accuracy) < ($1.cost, -$1.accuracy) }
            front = []
            for partial in all where front.isEmpty || partial.accuracy > front.last!.accuracy { front.append(partial) }
        }
        // Rising in both.
        return (front.last { $0.cost <= limit } ?? front[0]).variants
    }
}
