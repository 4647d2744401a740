/// Which variant of each model runs on the next frame: MCDNN's approximate model scheduling (MobiSys 2016, sections 4 and 5), for one stream.
///
/// A value that is told what each frame cost and showed. It knows no clock and no model, so that tests drive it with made-up frames:
/// ```
/// choose() ─▶ a variant of each model ─▶ (they run) ─▶ observe(costs: …)
/// ```
/// Variants promise an accuracy. Of those whose costs, as measured, are within the budget, the choice with the greatest sum runs. Live
/// frames that are dropped lower the budget until none are. A specialised variant is a candidate while the scene shows its classes.
public struct VariantScheduler: Codable, Sendable {
    public struct Variant: Codable, Sendable {
        /// As promised, 0…1.
        let accuracy: Double
        /// That it knows, of a specialised one; nil knows all.
        let classes: Set<String>?
        /// Multiply-accumulates of a whole frame: what its cost is guessed by as long as it has not been measured.
        let work: Double

        public init(accuracy: Double, classes: Set<String>? = nil, work: Double) {
            (self.accuracy, self.classes, self.work) = (accuracy, classes, max(work, 1))
        }

        var isSpecialised: Bool { classes != nil }
    }

    private struct Model: Codable, Sendable {
        let variants: [Variant]
        var costs: [CostHistory]
        var scene = SceneWindow()
        var active: Int
    }

    /// Frames from one that a general variant answers to the next, while a specialised one runs: what the specialised one does not know can
    /// be seen by nobody else. With 25 frames a second, a newcomer is seen within two seconds for a fiftieth of the cost.
    static let lookInterval = 50
    /// Share of what was seen that has to be of a specialised variant's classes, as in the paper's code.
    static let leastShare = 0.6
    /// Frames that a better choice has to be possible for until it is made.
    static let patience = 100
    /// The longest that patience gets by choices that had to be taken back.
    static let mostPatience = 3200
    /// Share of the budget that a better choice has to fit into: what has just fitted would soon be taken back.
    static let headroom = 0.9
    /// Frames that starting a variant is divided among.
    private static let horizon = 300.0
    /// Frames within which a choice that is taken back was a mistake.
    private static let mistake = 300
    /// Frames after which the measured cost of a variant that did not run says less than a guess by the one that does.
    private static let memory = 1500
    /// What is left of the budget where live frames were dropped, and frames without a drop after which a tenth of that is tried again;
    /// more where that proved wrong.
    private static let cut = 0.8
    private static let recovery = 250

    private var models: [Model]
    /// Milliseconds a frame; nil for no limit.
    private let budget: Double?
    /// Lower than the budget where live frames were dropped.
    private var ceiling: Double?
    private var framesWithoutDrop = 0
    private var frame = -1
    /// What ran on the frame in work.
    private var running: [Int]
    /// Of each frame, besides the models.
    private var overhead = CostHistory()
    private var wait = VariantScheduler.patience
    private var patience = 0
    private var lastRise: Int?
    /// Since the last change of what runs.
    private var steady = 0

    /// - Parameters:
    ///   - models: of each one the variants, of which at least one is not specialised.
    ///   - budget: milliseconds that all of them together may take a frame; nil for no limit.
    public init(_ models: [[Variant]], budget: Double?) {
        self.models = models.map { variants in
            let general = variants.indices.filter { !variants[$0].isSpecialised }
            // As long as nothing was measured, the cheapest is within most budgets.
            let first =
                budget == nil
                ? general.max { variants[$0].accuracy < variants[$1].accuracy } : general.min { variants[$0].work < variants[$1].work }
            return Model(variants: variants, costs: variants.map { _ in CostHistory() }, active: first ?? 0)
        }
        self.budget = budget
        running = self.models.map(\.active)
    }

    /// Moves on to the next frame.
    /// - Returns: the variant of each model that is to run on it.
    public mutating func choose() -> [Int] {
        frame += 1
        reconsider()
        running = models.map { model in
            guard model.variants[model.active].isSpecialised, frame.isMultiple(of: Self.lookInterval) else { return model.active }
            return Self.general(of: model)
        }
        return running
    }

    /// Takes what came of the frame.
    ///
    /// - Parameters:
    ///   - costs: of each model, milliseconds.
    ///   - overhead: what the frame took besides, in milliseconds.
    ///   - seen: by each model, a label for each object.
    ///   - time: of the frame in its stream, in seconds.
    ///   - dropped: live frames that were dropped since the frame before.
    public mutating func observe(costs: [Double], overhead: Double = 0, seen: [[String]], at time: Double, dropped: Int = 0) {
        self.overhead.add(overhead, frame: frame)
        for index in models.indices {
            models[index].costs[running[index]].add(costs[index], frame: frame)
            // Others than its own classes a specialised variant cannot have seen.
            if !models[index].variants[running[index]].isSpecialised { models[index].scene.add(seen[index], at: time) }
        }
        steady += 1
        adapt(to: dropped)
    }

    // MARK: The budget

    private var limit: Double { min(budget ?? .infinity, ceiling ?? .infinity) - (overhead.median ?? 0) }

    /// Less is spent where live frames are dropped; later a little more is tried again.
    private mutating func adapt(to dropped: Int) {
        guard dropped > 0 else {
            framesWithoutDrop += 1
            if let ceiling, framesWithoutDrop.isMultiple(of: Self.recovery * wait / Self.patience) {
                let next = ceiling / (1 - (1 - Self.cut) / 2)
                self.ceiling = next > most ? nil : next
            }
            return
        }
        framesWithoutDrop = 0
        // Right after a change of variants the dropped frames are not the new choice's fault: starting a variant takes time, in which
        // frames are dropped. The new choice is judged once its own costs are known.
        guard steady > CostHistory.least, let now = total else { return }
        ceiling = min(ceiling ?? .infinity, Self.cut * now)
    }

    /// What runs at present costs, with the overhead; nil while that is not known.
    private var total: Double? { cost(of: models.map(\.active)).map { $0 + (overhead.median ?? 0) } }

    /// What a choice costs, without the overhead.
    private func cost(of choice: [Int]) -> Double? {
        var sum = 0.0
        for (variant, model) in zip(choice, models) {
            guard let cost = cost(of: variant, model) else { return nil }
            sum += cost
        }
        return sum
    }

    /// What the dearest choice costs.
    private var most: Double {
        models.reduce(overhead.median ?? 0) { sum, model in sum + (model.variants.indices.compactMap { cost(of: $0, model) }.max() ?? 0) }
    }

    // MARK: The choice

    private mutating func reconsider() {
        guard models.contains(where: { $0.variants.count > 1 }) else { return }
        if models.contains(where: { accuracy(of: $0.active, $0) == nil }) { return take(choice(within: limit)) }
        guard let now = cost(of: models.map(\.active)), steady > CostHistory.least else { return }
        if now > limit {
            let choice = choice(within: limit)
            // Where nothing is within the budget, variants that cost about the same do not take turns.
            guard choice != models.map(\.active), let then = cost(of: choice), then <= limit || then < Self.headroom * now else { return }
            if let lastRise, frame - lastRise < Self.mistake { wait = min(2 * wait, Self.mostPatience) }
            lastRise = nil
            return take(choice)
        }
        if let lastRise, frame - lastRise > 4 * Self.mistake { wait = Self.patience }
        let better = choice(within: Self.headroom * limit, counting: Self.horizon)
        func sum(_ choice: [Int]) -> Double { zip(choice, models).reduce(0) { $0 + (accuracy(of: $1.0, $1.1) ?? 0) } }
        guard better != models.map(\.active), sum(better) > sum(models.map(\.active)) else {
            patience = 0
            return
        }
        patience += 1
        guard patience >= wait else { return }
        lastRise = frame
        take(better)
    }

    private mutating func take(_ choice: [Int]) {
        for index in models.indices where models[index].active != choice[index] {
            models[index].active = choice[index]
            // It is measured anew: the scene may be another one than when it ran last.
            models[index].costs[choice[index]].forget()
        }
        (patience, steady) = (0, 0)
    }

    /// - Parameter horizon: frames that the start of a variant is divided among; nil does not count it.
    private func choice(within limit: Double, counting horizon: Double? = nil) -> [Int] {
        let candidates = models.map { model in
            model.variants.indices.compactMap { variant -> Selection.Candidate? in
                guard let accuracy = accuracy(of: variant, model) else { return nil }
                // Not known of any only before the first frames, where nothing is decided by it.
                var cost = cost(of: variant, model) ?? 0
                if let horizon, variant != model.active, let start = model.costs[variant].start { cost += max(0, start - cost) / horizon }
                return Selection.Candidate(variant: variant, cost: cost, accuracy: accuracy)
            }
        }
        return Selection.best(candidates, within: limit)
    }

    /// What a variant promises for the scene at present: a specialised one sees nothing of other classes. Nil where it may not run.
    private func accuracy(of variant: Int, _ model: Model) -> Double? {
        let own = model.variants[variant]
        guard let classes = own.classes else { return own.accuracy }
        guard let share = model.scene.share(of: classes), share >= Self.leastShare else { return nil }
        return share * own.accuracy
    }

    /// Milliseconds a frame: as measured of late, else as the variant that runs, by the work of both. Nil while nothing is known.
    private func cost(of variant: Int, _ model: Model) -> Double? {
        func steady(_ variant: Int) -> Double? {
            let own = model.costs[variant]
            if let median = own.median, variant == model.active || frame - (own.lastFrame ?? 0) <= Self.memory { return median }
            let active = model.costs[model.active].median
            return active.map { $0 * model.variants[variant].work / model.variants[model.active].work }
        }
        guard let cost = steady(variant) else { return nil }
        guard model.variants[variant].isSpecialised else { return cost }
        let general = Self.general(of: model)
        return cost + (model.costs[general].start ?? steady(general) ?? 0) / Double(Self.lookInterval)
    }

    /// The variant that looks for what a specialised one does not know: of those that know all, the cheapest.
    private static func general(of model: Model) -> Int {
        model.variants.indices.filter { !model.variants[$0].isSpecialised }.min { model.variants[$0].work < model.variants[$1].work } ?? 0
    }
}
