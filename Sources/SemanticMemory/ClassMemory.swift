import Inference

/// What is remembered of a classifier's classes at its exit layers, and how sure an exit has to be: what a memory file holds.
public struct ClassMemory: Sendable {
    public struct KnownClass: Sendable, Hashable, Codable {
        /// Index in the model's output.
        public let classID: Int
        public let label: String

        public init(classID: Int, label: String) { (self.classID, self.label) = (classID, label) }
    }

    /// A layer after which the network can be left, and what frames look like there.
    public struct ExitLayer: Sendable {
        public let name: String
        /// Index of the layer's step in `Plan.layers`.
        public let step: Int
        /// Multiply-accumulates up to and with this layer as a fraction of the model's, 0…1.
        public let macsFraction: Double
        let whitening: Whitening
        var centers: ClassCenters
        /// Scores times this are log-likelihoods of classes.
        var inverseTemperature: Float
        /// Squared distance per channel, in whitened coordinates, below which two frames hardly ever have different answers.
        let distanceThreshold: Float
        let background: BackgroundModel

        public var channels: Int { whitening.channels }

        /// Scores of each known class, and of an unknown one, for the layer's channel means as the network gives them.
        func scores(_ means: [Float]) -> (classes: [Float], unknown: Float) {
            let z = whitening.apply(means)
            return z.withUnsafeBufferPointer { z in
                let classes = [Float](unsafeUninitializedCapacity: centers.counts.count) { buffer, count in
                    centers.scores(z.baseAddress!, buffer.baseAddress!)
                    count = centers.counts.count
                }
                return (classes, background.score(z))
            }
        }
    }

    /// What exits would have come to on the frames that were kept apart while building.
    public struct HeldOut: Sendable, Hashable, Codable {
        public var frames = 0
        /// Share of frames that left early.
        public var exits = 0.0
        /// Mean fraction of the multiply-accumulates.
        public var depth = 1.0
        /// Share of frames with the network's answer.
        public var agreement = 1.0
        /// Share of frames that would have left early all the same, and so wrongly, had their class not been known.
        public var openSetErrors = 0.0
        /// Share of frames with the labelled class, of the whole network and with exits; nil without labels.
        public var networkAccuracy: Double?
        public var accuracy: Double?

        /// The file's words are older than the code's.
        private enum CodingKeys: String, CodingKey {
            case frames, exits, depth, agreement, networkAccuracy, accuracy
            case openSetErrors = "strangers"
        }
    }

    public let modelSHA256: String
    public let modelName: String
    public internal(set) var classes: [KnownClass]
    public internal(set) var hot: HotClasses
    /// In the order of their steps.
    public internal(set) var exitLayers: [ExitLayer]
    public internal(set) var limits: ExitLimits
    /// What the limits were set for, on frames kept apart while building, and what came of it there.
    public let targetAgreement: Double
    public internal(set) var heldOut: HeldOut

    /// Frames behind each class's center at the first exit layer.
    public var classCounts: [Int] { classes.indices.map { exitLayers.first?.centers.counts[$0] ?? 0 } }

    /// Bytes that it takes in memory.
    public var residentBytes: Int {
        exitLayers.reduce(0) {
            $0 + 4 * ($1.channels * (2 * $1.channels + 2) + $1.channels * (classes.count + $1.centers.stride) + 3 * classes.count)
        }
    }

    public func index(of known: KnownClass) -> Int? { classes.firstIndex { $0.classID == known.classID } }

    /// Adds a class that was not shown while building. - Returns: its index in `classes`.
    mutating func append(_ known: KnownClass) -> Int {
        classes.append(known)
        hot.append()
        for l in exitLayers.indices { exitLayers[l].centers.append(nil, count: 0, exitLayers[l].whitening) }
        return classes.count - 1
    }

    /// - Parameter exitPoints: of the model's plan.
    /// - Throws: when the memory is of another model than the one at hand, or its exit layers are not where they were.
    public func check(sha256: String, model: String, _ exitPoints: [ExitPoint]) throws(MemoryError) {
        guard sha256 == modelSHA256 else {
            let made = "\(modelName) (sha256 \(modelSHA256.prefix(12))…)"
            throw MemoryError(.otherModel, "the memory was made for \(made), not for \(model); build one for it")
        }
        for layer in exitLayers {
            guard exitPoints.contains(where: { ($0.step, $0.name, $0.channels) == (layer.step, layer.name, layer.channels) }) else {
                throw MemoryError(
                    .unusableFile,
                    "the memory's exit layer '\(layer.name)' is not in \(model) as this deepvid plans it; build the memory again")
            }
        }
    }
}
