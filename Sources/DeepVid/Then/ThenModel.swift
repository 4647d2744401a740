import Models
import ResultCache
import Vision

/// A second model: a classifier or an embedding that is run on crops of the objects that the first one found.
public struct ThenModel: Sendable {
    package let model: LoadedModel
    /// The first model's classes whose objects it is asked about; nil is all.
    public let classes: [String]?
    /// What a crop has around the object's box on each side, as a share of the box's width and height.
    public let margin: Double
    /// As it was asked for.
    let flag: String
    /// What it has said of other crops; nil runs it on each that is looked at.
    package private(set) var cache: ResultCache?

    /// Boxes of detectors are seldom exact, and classifiers are trained on pictures with something around the object.
    public static let defaultMargin = 0.1

    /// As the records name it.
    public var name: String { model.name }
    var isClassifier: Bool { model.card.head == .classification }
    /// One line for people.
    public var summary: String { model.summary + (classes.map { ", on " + $0.joined(separator: ", ") } ?? "") }

    /// - Parameter path: of an ONNX file, whose card is beside it if it needs one.
    /// - Throws: when the model cannot be used, or says nothing of an object.
    public init(_ path: String, on classes: [String]?, margin: Double = ThenModel.defaultMargin) throws(DeepVidError) {
        try self.init(path, on: classes, margin: margin, flag: "--then")
    }

    /// - Parameter flag: as it is asked for, in sentences about it.
    init(_ path: String, on classes: [String]?, margin: Double, flag: String) throws(DeepVidError) {
        var options = ModelOptions()
        options.model = path
        try self.init(LoadedModel(options), on: classes, margin: margin, flag: flag)
    }

    package init(
        _ model: LoadedModel, on classes: [String]?, margin: Double = ThenModel.defaultMargin, flag: String = "--then"
    ) throws(DeepVidError) {
        (self.model, self.classes, self.margin, self.flag) = (model, classes, margin, flag)
        let head = model.card.head
        guard head == .classification || head == .embedding else {
            throw DeepVidError(
                .invalidOptions,
                "\(flag) \(model.name): head '\(head.rawValue)' \(head.isDetector ? "finds objects" : "makes a map of a picture"), and says "
                    + "nothing of one that was found: name a classifier or an embedding")
        }
    }

    /// From now on, takes answers of crops that look alike: of this process's inputs, of all who use the file, and of the second level.
    ///
    /// - Parameter now: seconds since 1970.
    package mutating func keepAnswers(in file: ResultCacheFile, secondLevel: (any SecondLevel)?, now: Double) {
        let identity = ModelIdentity(sha256: model.sha256, card: model.card, labels: model.labels)
        cache = ResultCache(identity, file: file, secondLevel: secondLevel, now: now)
    }

    /// Whether it is asked about an object of the first model.
    func isAsked(about object: Detection) -> Bool { classes?.contains(object.label) ?? true }

    /// - Throws: when the models cannot go on from the first one, or not together.
    static func check(_ all: [ThenModel], after first: ModelProfile) throws(DeepVidError) {
        guard !all.isEmpty else { return }
        guard first.card.head.isDetector else {
            throw DeepVidError(
                .invalidOptions,
                "--then is about objects, and head '\(first.card.head.rawValue)' of \(first.name) finds none: "
                    + "leave it out, or name a detector")
        }
        try check(all.flatMap { $0.classes ?? [] }, of: first, flag: "--on")
        for (index, model) in all.enumerated() {
            for other in all[..<index] {
                if other.name == model.name {
                    throw DeepVidError(
                        .invalidOptions,
                        "--then: two models are called \(model.name), and answers go by that name: give one a link of another name")
                }
                guard !model.isClassifier, !other.isClassifier, let shared = shared(model, other) else { continue }
                throw DeepVidError(
                    .invalidOptions,
                    "--then: \(other.name) and \(model.name) both give an embedding of \(shared), and an object has one: "
                        + "leave one of them out, or give them different classes by --on")
            }
        }
    }

    /// - Throws: when the first model has no such classes.
    static func check(_ classes: [String], of first: ModelProfile, flag: String) throws(DeepVidError) {
        for name in classes where !first.labels.called(name, count: first.classCount).contains(name) {
            throw DeepVidError(
                .invalidOptions,
                "\(flag): \(first.labels.lack(of: name, in: first.name, subject: first.name, count: first.classCount))")
        }
    }

    /// What both are asked about; nil where that is nothing.
    private static func shared(_ a: ThenModel, _ b: ThenModel) -> String? {
        guard let ours = a.classes, let theirs = b.classes else { return (a.classes ?? b.classes)?.first ?? "every object" }
        return ours.first(where: theirs.contains)
    }
}
