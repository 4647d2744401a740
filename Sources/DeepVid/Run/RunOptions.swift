import Concurrency
import DeepCache
import Models
import Video

/// Everything that decides what a run computes, besides the model.
public struct RunOptions: Sendable {
    public var model: ModelOptions
    /// Of the models besides `model` that answer the same frames.
    public var otherModels: [ModelOptions]
    public var video: VideoOptions
    /// That compute, 1 or more; frames are divided among them where that is possible.
    public var threads: Int
    public var reuse: ReuseOptions
    public var decode = DecodeMode.all
    /// Of recordings.
    public var clock = RecordingClock()
    public var output = OutputOptions()
    /// Milliseconds that the models may take a frame, where there are variants to choose from; nil for no limit.
    public var budget: Double?
    /// How the capacities of several live inputs are chosen.
    public var capacityCost = CapacityCost.total

    /// What is made least of where several live inputs run a model of several capacities (NestDNN).
    public enum CapacityCost: String, Sendable, CaseIterable {
        /// What all lose together in accuracy and time (MinTotalCost).
        case total
        /// What the one loses that loses most (MinMaxCost).
        case max
    }

    /// The camera's name, for its records.
    public var camera: String?
    /// Nil without semantic memory.
    public var memory: MemoryOptions?

    /// - Parameter threads: 0 takes one for each CPU that this process may use.
    public init(
        model: ModelOptions = ModelOptions(), others: [ModelOptions] = [], video: VideoOptions = VideoOptions(), threads: Int = 0,
        reuse: ReuseOptions = ReuseOptions(), memory: MemoryOptions? = nil
    ) {
        (self.model, otherModels, self.video, self.reuse, self.memory) = (model, others, video, reuse, memory)
        self.threads = threads == 0 ? Self.availableCPUs : threads
        if reuse.wantsMotionVectors { self.video.exportMotionVectors = true }
    }

    /// All models, in their order.
    public var models: [ModelOptions] { [model] + otherModels }

    /// Takes from the model's card what nobody asked for.
    public mutating func follow(_ model: Model) { reuse.follow(model.cards) }

    /// - Throws: when the model does not give what is asked for.
    public func check(_ model: Model) throws(DeepVidError) {
        try checkValues()
        try output.check(model.profile)
        if decode == .active { try ActiveDecoding.check(model) }
        if model.set != nil { try checkSeveral() }
        try model.checkCalibration(isLive: video.live == true)
        if budget != nil, model.set?.hasVariants != true {
            throw DeepVidError(
                .invalidOptions,
                "--budget-ms chooses among the variants of a catalog, or the capacities of a model, and no --model has any: leave it out, "
                    + "or name a catalog (.toml)")
        }
    }

    /// - Throws: code `invalidOptions` for a number that nothing can be run with.
    func checkValues() throws(DeepVidError) {
        try OptionCheck.within(Self.mostThreads, threads, "threads", "1 to \(Self.mostThreads.upperBound), or 0 for one for each CPU")
        try reuse.check()
    }

    /// More than any machine has CPUs: beyond, somebody has made a mistake.
    private static let mostThreads = 1...4096

    /// - Throws: where something is asked for that is for one model.
    func checkSeveral() throws(DeepVidError) {
        let given: String? =
            if reuse.policy != .off, reuse.policy != .adaptive {
                "--cache \(reuse.policy.rawValue)"
            } else if memory != nil {
                "--memory"
            } else {
                nil
            }
        guard let given else { return }
        throw DeepVidError(.invalidOptions, "\(given) is for one model, and not for several: leave it out, or name one model")
    }

    /// CPUs that this process may use: fewer than the machine's under taskset or in a container.
    public static var availableCPUs: Int { Concurrency.availableCPUs() }
}

/// Which frames of an input are decoded.
public enum DecodeMode: String, Sendable, CaseIterable {
    /// All that are looked at, and those that they need.
    case all
    /// Key frames, and the groups of pictures in which something happens.
    case active
}
