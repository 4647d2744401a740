/// Every number that the adaptive policy was given, in one place. Costs are in frames computed in full (1 = dense), as
/// `IncrementalSession.cost` counts them: by the cost model and not by the clock, so that the same clip gives the same records.
///
/// Measurements: `benchmarks/results/tolerance-experiments.md` (tolerance, blocks), `…-reuse-adaptive.md` (detectors),
/// `…-reuse-classifiers.md` (margins). They were taken on the clips of `../shared` with five detectors and two classifiers.
enum PolicyConstants {
    enum Scene {
        /// Share of changed blocks above which nothing is left to reuse. A change of light changes many blocks by little, and the
        /// layers and the governor decide what that is worth.
        static let cutShare = 0.9
        /// Mean |difference| of a block, in levels of 8 bits, that the noise of coded pictures makes at most.
        static let noise: Float = 3
        /// A detector's blocks count as unchanged up to so many times the noise that the clip itself shows, and up to so many levels in any
        /// case: on a clip with next to no noise cars pass within 3 levels (agreement 0.91 there, 0.98 with this, as much reused).
        static let (noiseFactor, leastNoise): (Float, Float) = (3, 1)
        /// Weight of the newest frame in the running mean of the noise.
        static let noiseMemory: Float = 0.1
        /// Mean |difference| of a block, in levels, from the tolerance ε: some models answer to noise alone, so what counts as
        /// unchanged shrinks with ε. At the starting ε the noise is the limit.
        static let detectorLevels: Float = 400
        static let classifierLevels: Float = 60
        static let leastClassifierLevel: Float = 0.5
        /// Cost of a frame of which no block changed.
        static let restingCost = 0.04
        /// What the audit schedule counts for such a frame.
        static let restingWork = 0.05
        /// Share of the multiply-accumulates at an early exit below which the frame's cost tells nothing about reuse.
        static let shallowExit = 0.1
    }

    /// How the tolerance varies over the picture (`ToleranceMap`): factors of ε.
    enum Map {
        /// Where no score comes near an answer.
        static let background: Float = 30
        /// At objects well above the threshold: their boxes still have to follow.
        static let object: Float = 3
        /// For a classification that is beyond doubt, and for a tie.
        static let (clear, tie): (Float, Float) = (10, 0.02)
        /// A difference of logits between two classes that counts as near.
        static let nearMargin: Float = 0.5
        /// Mean |difference| of a block, in levels, that noise and changes of light do not make: something came, moved or went.
        static let strongDifference: Float = 10
        /// The factor there, for whoever enters a quiet scene must be seen at once; and how far around such a block, in input pixels.
        static let (strong, reach): (Float, Float) = (0.5, 8)
        /// An object's surroundings that belong to its answer, in input pixels.
        static let surroundings: Float = 16
    }

    /// When reuse is given up for a run of dense frames.
    enum Governor {
        /// Dense frames before reuse is first tried again, for detectors and for classifiers: each new attempt costs a classifier
        /// frames that are computed both ways.
        static let (detectorRun, classifierRun) = (24, 100)
        /// The run doubles with each attempt in vain, up to this many frames: 20 to 40 seconds.
        static let longestRun = 600
        /// Weight of the newest frame in the running mean of costs.
        static let memory = 0.15
        /// Frames after which a mean cost above `worthwhile` stops reuse; the same where it is above `hopeless`.
        static let (trial, shortTrial) = (4, 2)
        static let (worthwhile, hopeless) = (0.97, 1.15)
        /// Frames of reuse after which the scene counts as calm, and the run is short again.
        static let calm = 100
        /// Share of changed blocks up to which a scene counts as having come to rest.
        static let restingShare = 0.4
        /// Cost of a scene cut: one is a cut, several running are a moving camera.
        static let cutCost = 1.5
    }

    /// When a frame is computed in full as well, to learn what reuse does.
    enum Audits {
        /// Of the work, in the long run.
        static let share = 0.05
        /// Cost of a frame before any was seen, and how many frames that guess counts like.
        static let (guessedCost, guessedFrames) = (0.4, 8.0)
        /// Frames with reuse after which an audit is due in any case.
        static let longestInterval = 300
        /// Frames with changes after which the first audits are taken on credit: until then the tolerance is a guess.
        static let early = [4, 10, 20]
        /// Share of computed multiply-accumulates below which a frame cannot tell much.
        static let informative = 0.03
        /// A movement has ended when this many frames' worth was computed for it and this many frames running were at rest.
        static let (movement, restingFrames) = (2.0, 3)
    }

    /// How often frames are drawn for the report (`AuditSampler`), and what the interval assumes (`AgreementEstimate`).
    enum Sampling {
        /// Share of the saved work that drawn frames may cost, while the interval's lower end is below the target and after.
        static let (uncertainShare, certainShare) = (0.02, 0.01)
        /// Share of the work that they may cost besides: of a clip that takes a tenth, one frame in 125 is drawn, and not in 55.
        static let spentShare = 0.08
        /// Frames of a stretch, of which one is drawn.
        static let stretch = 16...400
        /// Design effect of frames as clusters of objects, as long as nothing is seen of it: at least, and for each object of a frame; and
        /// how many disagreeing frames that assumption counts like.
        static let (designEffect, togetherness, priorFrames) = (2.0, 0.6, 2.0)
        /// A drawn frame in so many also measures the floor, which costs another frame computed in full.
        static let floorInterval = 4
        /// Largest mean |noise| that the floor is measured with, in levels: that of whole numbers from −2 to 2.
        static let largestNoise: Float = 1.2
    }

    /// Frames that are answered without running the network, from computed ones before and after them (`PropagationController`,
    /// `AnswerPair`, `UnexplainedChanges`). Measurements: benchmarks/results/2026-12-01-propagation.md.
    enum Propagation {
        /// Shares of the allowed loss: of frames that are not computed, and of those that are.
        static let (margin, updateShare) = (0.9, 0.4)
        /// Expected lost frames, for each that the target allows of all, from which on another frame is computed: at first. Bounds of
        /// what becomes of it, and how fast it follows what was lost.
        static let firstPrice = 4.0
        static let (prices, gain) = (0.1...12.0, 0.05)
        /// Of frames of which parts are computed: `PartCosts.reach` before any was, the weight of the newest run in running means, what a run over
        /// the smallest part costs, and the share of a whole run above which that is made instead.
        static let (firstReach, costMemory, leastPartCost, largestPart) = (0.15, 0.1, 0.05, 0.7)
        /// What belongs to an object's answer: so far around the way that it takes, and so far outside may the middle of a found box be. In
        /// pixels of the model.
        static let (surroundings, aside) = (24, 8)
        /// From one computed frame to the next, at most: frames; seconds, and how many more for all loss that could be allowed.
        static let longest = 32
        static let longestSeconds = (least: 0.4, forLoss: 8.0)
        /// Stretches that are computed frame by frame after attempts in vain, at most.
        static let patience = 16
        /// What frames that were compared say of the expected losses (`PropagationRisk`): what each kind of risk is worth before any was compared,
        /// how many lost frames that guess counts like, the weight of older frames, and that of a frame that was computed because much
        /// was expected of it.
        static let (firstWorths, priorLoss, memory) = (PropagationRisk(scores: 0.7, places: 1, changes: 0.5), 0.2, 0.99)
        static let doubtWeight = 0.3
        /// Bounds of a worth, and the risk of any frame that is not computed.
        static let (worths, anyRisk) = (0.02...4.0, 0.001)
        /// Of stretches of a length, one in so many is compared in its middle.
        static let compareInterval = 16
        /// Mean error of a logit before any was seen, in how many objects, and the weight of older ones; the largest that counts.
        static let (firstError, priorErrors, errorMemory, largestError) = (0.3, 8.0, 0.995, 4.0)
        /// From the mean of |errors| to a standard deviation, as in a distribution of Laplace; the least one; and by which power of the frames
        /// between it grows (0.3 to 0.5 over five detectors and nine clips, 2 to 16 frames).
        static let (deviationOfMean, leastNoise, growth) = (1.41, 0.05, 0.4)
        /// Standard deviation of a score between two computed ones, in shares of their difference.
        static let changeShare = 0.5
        /// Overlap of an object's boxes in the two frames below which its box between them may be wrong, and how probable that is without
        /// any overlap.
        static let (closeOverlap, farLoss) = (0.4, 0.3)
        /// Logits below a partner's score down to which errors are measured.
        static let watchedMargin = 0.8
        /// Mean |difference| of a block, in levels, that is more than light and noise.
        static let strongDifference: Float = 8
        /// Blocks of an object of the usual size, and of the smallest.
        static let (usualBlocks, leastBlocks) = (12.0, 4.0)
        /// Side in blocks of the cells in which it is remembered what changes came to, and how that changes.
        static let cell = 4
        static let (fruitful, fruitless): (Float, Float) = (0.3, 0.3)
        /// By how much changes that came to nothing count less, at most: who was too faint may not stay so.
        static let largestNuisance: Float = 0.9
    }

    /// How the tolerance ε of scores follows the audits (`ToleranceController`).
    enum Tolerance {
        /// Agreement with most models and scenes is above 0.99 here.
        static let start: Float = 0.016
        static let range: ClosedRange<Float> = 0.0001...0.3
        /// Bounds of the mean error of scores that is held, in logits: the upper one for each disagreement that the target allows. It begins
        /// there.
        static let (leastSetpoint, largestSetpoint, setpointPerDisagreement): (Float, Float, Float) = (0.004, 0.3, 8)
        /// Of the integral controller: by which power of e a disagreement of 1 moves the setpoint. One that is half of what an audited frame
        /// has halves it: with 8, one object lost of two ended reuse for the rest of a clip of some 300 frames.
        static let gain = 1.5
        /// Audits with errors that are looked back upon, for scenes change.
        static let memory = 12
        /// Limits of one step of ε: errors are in proportion to it only nearby.
        static let step: ClosedRange<Float> = 0.5...1.5
        /// Errors after which the longest step is taken.
        static let manyErrors: Float = 20
        /// Errors of scores that count, in logits. Below, nothing near the object changed; above, the object was lost, which the
        /// agreement says.
        static let countedErrors: ClosedRange<Float> = 0.002...0.5
    }

    /// How classifiers' answers are judged one by one (`MarginGate`).
    enum Margin {
        static let start: Float = 0.016
        static let range: ClosedRange<Float> = 0.001...0.03
        /// Frames computed both ways before the first answer is given from reuse.
        static let calibrationFrames = 6
        /// Frames computed both ways that are looked back upon, for scenes change.
        static let memory = 16
        /// Of these: known before a bound is derived from them, and before reuse is given up for them.
        static let (leastForBound, leastForGivingUp) = (3, 4)
        /// Cost above which reuse is not worthwhile.
        static let worthwhile = 0.95
        /// Factors of ε for a clear and for a doubtful answer: ε rests where one frame in thirteen is doubtful.
        static let (rise, fall): (Float, Float) = (1.0025, 0.97)
        /// Factor of ε when reuse was given up for doubtful answers, and when it was given up because hardly anything was withheld.
        static let (retreat, advance): (Float, Float) = (0.3, 2)
        /// Mean cost of updates from which on they gain nothing even if every answer is given.
        static let idleCost = 0.85
        /// Clear dense answers running that end a run of dense frames: doubles with each attempt, within these.
        static let patience = 6...200
        /// Frames of reuse after which an attempt was worthwhile.
        static let calm = 60
        /// From the median absolute deviation to a standard deviation.
        static let deviationOfMedian: Float = 1.48
    }
}

/// Mean |difference| of a block, in levels of 8 bits, that the noise of coded pictures makes.
public let blockNoise = PolicyConstants.Scene.noise
