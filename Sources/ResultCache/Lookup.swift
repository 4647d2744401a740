/// What the cache has to say of a crop. Where the model is run, hand it back with the model's answer: `ResultCache.insert`.
public enum Lookup: Sendable {
    /// The answer may be taken; the model need not run.
    case hit(Hit)
    /// There is an answer, but the model is to run all the same, to see whether it says so too. The model's answer is the one to take.
    case audit(Hit)
    /// The model has to run.
    case miss(Miss)

    public struct Hit: Sendable {
        public let answer: Answer
        /// From the crop's key to the nearest entry that has this answer, and farther by what speaks against it
        /// (`HomogeneousNeighbours.doubt`).
        public let distance: Float
        public let origin: Origin
        /// Hits that this one stands for as an audit.
        public let weight: Double
        /// Of that entry.
        let digest: UInt64
    }

    public struct Miss: Sendable {
        public let reason: Reason
        /// What the neighbours would have said, and the distance as of a hit, however far; nil where there are none.
        let likeliest: (distance: Float, answer: Answer)?
    }

    /// Where an answer was found.
    public enum Origin: String, Sendable, CaseIterable {
        /// Among this process's entries, or those that processes of this machine share by a file.
        case cache
        /// At the edge, when this crop was asked for.
        case edge
    }

    /// Why there is no answer.
    public enum Reason: String, Sendable, CaseIterable {
        /// Nothing near enough is known.
        case far
        /// What is near has different answers, or the model was not sure of them.
        case mixed
    }
}
