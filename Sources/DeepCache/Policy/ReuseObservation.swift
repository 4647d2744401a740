/// What was observed of the frame in work.
public enum ReuseObservation: Sendable {
    /// It has come. Nothing is known of it.
    case frame
    /// It has come, and parts of frames before it may be computed after it.
    case stretchEnd
    /// It has come, and is answered from the computed frames before and after it.
    case between
    /// It was compared with the reference: the share of changed blocks, 0…1. At 0 the last outputs stand, with this margin of the best
    /// class over the next in logits (classifiers only; nil where the last frame had no outputs).
    /// `noise`: mean |difference| in the blocks that rest, in levels; nil where too few do.
    case compared(changedShare: Double, margin: Float? = nil, noise: Float? = nil)
    /// What changed was computed: its cost, the share of the multiply-accumulates, the margin (classifiers only), and whether somebody
    /// else wants this frame computed in full, too.
    case updated(cost: Double, computed: Double, margin: Float? = nil, isAuditWanted: Bool = false)
    /// The network was left early at this share of its multiply-accumulates.
    case left(cost: Double, computed: Double, macsFraction: Double)
    /// Everything was computed and stored.
    case refreshed
    /// Everything was computed, and what is stored was left alone.
    case computed(margin: Float? = nil)
    /// An answer in doubt was computed in full as well. `margin` is the dense answer's own.
    case verified(AuditedFrame.Margins?, margin: Float? = nil)
    /// The frame was audited: how each model's answer compared.
    case audited([AuditedFrame])
}

/// What is to be done next.
public enum ReuseAction: Sendable, Equatable {
    /// Compare with the reference.
    case compare
    /// Compute what changed.
    case update
    /// Compute everything, and store it.
    case refresh(ReuseReason)
    /// Compute everything beside what is stored. `remembersPicture`: the next frame is compared with this one.
    case dense(remembersPicture: Bool)
    /// Compute the frame in full and compare the margins of both answers. `stores`: as `refresh` does, else as `dense`.
    case verify(stores: Bool)
    /// Compute the frame in full, store it, and compare both answers.
    case audit
    /// The outputs computed last are the frame's; why nothing was reused, or nil.
    case answer(ReuseReason?)
}

/// Why a frame was computed in full. The raw values stand in records.
public enum ReuseReason: String, Sendable, Codable {
    case firstFrame = "first_frame"
    case sceneCut = "scene_cut"
    /// Comparing would cost more than it saves at present.
    case notWorthwhile = "not_worthwhile"
    /// To compare what reuse says with the dense answer.
    case audit
    /// What was withheld during a movement is made good once the scene rests.
    case motionEnded = "motion_ended"
    /// Something moves, in the policy that runs the network only then.
    case motion
    /// One frame in so many, in published policies.
    case refresh
    /// The first frame after a checkpoint.
    case checkpoint
    /// The network did not run: the answer lies between those of computed frames before and after.
    case propagated
    /// The first frame at another capacity of the model.
    case capacity
    /// The first frame after an outage.
    case reconnected
    /// The frame was not decoded: the answer of the key frame before it stands.
    case notDecoded = "not_decoded"
}

/// How an answer from reuse compared with the dense one of the same frame.
public struct AuditedFrame: Sendable {
    /// 0…1; nil when neither side had anything to compare.
    public var agreement: Double?
    /// The same where both sides count only what is reported; nil is as `agreement`.
    public var strict: Double?
    /// Objects that were compared, one that both sides have counted once; 1 for heads with one answer.
    public var objects: Int
    /// How far reuse had moved scores, in logits, each divided by what its tolerance was multiplied by.
    public var errors: [Float]
    /// Of a classifier.
    public var margins: Margins?

    /// How far ahead reuse's best class was, and in truth, in logits; negative where another led.
    public struct Margins: Sendable {
        public let reused: Float
        public let exact: Float

        public init(reused: Float, exact: Float) { (self.reused, self.exact) = (reused, exact) }

        /// Those of several models that reuse misled most.
        static func worst(_ models: [Margins?]) -> Margins? {
            models.compactMap(\.self).max { $0.reused - $0.exact < $1.reused - $1.exact }
        }
    }

    /// How the dense answer agrees with that to the same picture with noise; nil where that was not measured.
    public var floor: Floor?

    public struct Floor: Sendable {
        /// 0…1; nil when neither side had anything.
        public let agreement: Double?
        /// Mean |noise| in levels.
        public let noise: Double

        public init(agreement: Double?, noise: Double) { (self.agreement, self.noise) = (agreement, noise) }
    }

    public init(agreement: Double?, strict: Double? = nil, objects: Int = 1, errors: [Float] = [], margins: Margins? = nil) {
        (self.agreement, self.strict, self.objects, self.errors, self.margins) = (agreement, strict, objects, errors, margins)
    }

    /// What steers a network of several models: the least agreement of them, the greatest errors, and the margins that reuse misled most.
    /// - Parameter models: one or more.
    init(least models: [AuditedFrame]) {
        func mean(_ errors: [Float]) -> Float { errors.isEmpty ? 0 : errors.reduce(0, +) / Float(errors.count) }
        self = models.min { $0.agreement ?? .infinity < $1.agreement ?? .infinity }!
        errors = models.map(\.errors).max { mean($0) < mean($1) }!
        margins = Margins.worst(models.map(\.margins))
    }
}
