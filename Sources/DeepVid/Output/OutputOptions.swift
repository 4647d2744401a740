import Models
import Tracking
import Video
import Vision

/// What becomes of a model's results: whether objects are followed, and what is given out.
public struct OutputOptions: Sendable {
    public enum Lines: String, Sendable {
        /// Every frame.
        case frames
        /// Frames in which objects changed.
        case changes
        /// Events of objects instead of frames.
        case events
    }

    /// What becomes of objects that never move: parked cars, and things that a model takes for persons.
    public enum StaticObjects: String, Sendable, CaseIterable {
        /// They are objects as any others.
        case keep
        /// Their coming, staying and going is no event; one that moves in the end is an object from then on. Their places are
        /// remembered for `Tracker.defaultMemory`, so that one that is not always recognised stays the same.
        case hide
    }

    /// The least height of an object that is reported.
    public enum Size: Sendable, Equatable {
        /// Of the frame's height, 0…1.
        case share(Double)
        case pixels(Double)

        func pixels(ofHeight height: Int) -> Double {
            switch self {
            case .share(let share): share * Double(height)
            case .pixels(let pixels): pixels
            }
        }
    }

    /// Nil reports objects of any size.
    public var minSize: Size?
    /// Whether objects get ids; zones and events need that anyway.
    public var follows = false
    /// For how long an object may be out of sight, in seconds.
    public var trackBuffer = Tracker.defaultBuffer
    public var staticObjects = StaticObjects.hide
    public var zones: ZonePlan?
    /// What is asked about the objects that were found, by name.
    public var then: [ThenModel] = []
    /// The file that their answers are kept in, as it was named; nil without (`ThenModel.keepAnswers`).
    public var resultCache: String?
    /// Of objects that are followed: age from which an answer of those models is asked for anew, in seconds; 0 asks in every frame.
    public var answerAge = OutputOptions.defaultAnswerAge
    /// By what followed objects are known again after they were out of sight; nil knows them by their place alone.
    public var reid: ReidModel?
    public var lines = Lines.frames
    /// The folder of the pictures of each object's best view; nil takes none.
    public var snapshots: String?
    /// The folder of clips of live input, as it was named; for the records.
    public var clips: String?
    /// Whether the objects' events are given besides frames, for who tells others of them.
    public var tellsEvents = false

    public init() {}

    /// Long enough to cost next to nothing, short enough for somebody to notice what was put on or taken off.
    public static let defaultAnswerAge = 10.0

    public var isTracking: Bool { follows || zones != nil || givesEvents }

    /// The models that look at objects, and so at frames, after they were found.
    public var secondModels: [ThenModel] { then + (reid.map { [$0.model] } ?? []) }

    /// Whether events of objects are given, with frames or instead of them.
    var givesEvents: Bool { lines == .events || snapshots != nil || tellsEvents }

    /// - Throws: when the model gives nothing to follow, or knows no such class.
    public func check(_ model: ModelProfile) throws(DeepVidError) {
        let head = model.card.head
        if isTracking, !head.isDetector {
            throw DeepVidError(
                .invalidOptions,
                "--track, --zones, --events and what is done at events follow boxes, and head '\(head.rawValue)' of \(model.name) gives none: leave them out, or name a detector"
            )
        }
        if lines == .changes, head == .embedding || head == .depth {
            throw DeepVidError(
                .invalidOptions,
                "--only-changes compares objects or classes, and head '\(head.rawValue)' of \(model.name) gives neither: leave it out")
        }
        if minSize != nil, !head.isDetector {
            throw DeepVidError(
                .invalidOptions,
                "--min-size is of boxes, and head '\(head.rawValue)' of \(model.name) gives none: leave it out, or name a detector")
        }
        try zones?.check(model.labels, model.name)
        try ThenModel.check(then, after: model)
        try ThenModel.check(reid?.classes ?? [], of: model, flag: "--reid-on")
    }

    /// - Throws: when a zone is not in the picture.
    func check(_ info: StreamInfo, _ source: String) throws(DeepVidError) {
        try zones?.check(width: info.width, height: info.height, source)
    }
}
