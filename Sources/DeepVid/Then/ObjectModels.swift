import DeepCache
import Models
import Video
import Vision

/// The second models of a run: says of each object what they see in it, and runs them only where no answer stands.
///
/// ```
/// objects with ids, frame ─▶ TrackAnswers: stands, or look ─▶ CropNetwork, one a model ─▶ Looks ─▶ objects with answers
/// ```
/// Holds the networks; what is known of objects is in `TrackAnswers`, a value.
final class ObjectModels {
    private let models: [ThenModel]
    /// Age from which an answer is asked for anew, in seconds.
    private let longest: Double
    private let threads: Int
    /// Made when the first crop comes.
    private var networks: [CropNetwork] = []
    /// Whether classes name their model.
    private let isTagged: Bool

    /// - Parameter threads: that compute one crop.
    init(_ models: [ThenModel], longest: Double, threads: Int) {
        (self.models, self.longest, self.threads) = (models, longest, threads)
        isTagged = models.count { $0.isClassifier } > 1
    }

    /// An object that is looked at.
    private struct Look {
        /// Among the frame's objects.
        let object: Int
        /// Of the view (`BestView.worth`).
        let worth: Double
        let isAudit: Bool
        /// By model.
        var said: [Int: SecondAnswer] = [:]
        /// Where that is from, by model; nil for a model that ran.
        var sources: [ObjectAnswer.Source?] = []
    }

    /// Gives the objects their answers.
    ///
    /// - Parameters:
    ///   - answers: nil where objects are not followed: then each is looked at. Else those are that have an id.
    ///   - counts: one a model.
    /// - Complexity: linear in the objects; a run of a model for each that is looked at and not known.
    func answer(
        _ objects: inout [Detection], in frame: Frame, at time: Double, _ answers: inout TrackAnswers?, _ counts: inout [ThenCounts]
    ) throws(DeepVidError) {
        var looks: [Look] = []
        for index in objects.indices {
            let object = objects[index], asked = models.indices.filter { models[$0].isAsked(about: object) }
            guard !asked.isEmpty, answers == nil || object.trackID != nil else { continue }
            for model in asked { counts[model].crops += 1 }
            let worth = BestView.worth(object, width: frame.width, height: frame.height)
            let turn = object.trackID.flatMap { answers?.turn(of: $0, worth: worth, at: time, longest: longest) } ?? .look
            if turn == .stands {
                for model in asked { counts[model].fromTrack += 1 }
                objects[index].answer = join(answers!.answers(of: object.trackID!), reused: .track)
            } else {
                looks.append(Look(object: index, worth: worth, isAudit: turn == .audit))
            }
        }
        if looks.isEmpty { return }
        for model in models.indices { try ask(model, about: &looks, objects, in: frame, answers, &counts[model]) }
        for look in looks {
            var said = look.said
            if let track = objects[look.object].trackID, answers != nil {
                answers!.look(said, of: track, worth: look.worth, at: time, longest: longest)
                said = answers!.answers(of: track)
            }
            objects[look.object].answer = join(said, reused: Self.source(of: look))
        }
    }

    /// Lets a model look at those objects that it is asked about.
    private func ask(
        _ model: Int, about looks: inout [Look], _ objects: [Detection], in frame: Frame, _ answers: TrackAnswers?,
        _ counts: inout ThenCounts
    ) throws(DeepVidError) {
        let asked = looks.indices.filter { models[model].isAsked(about: objects[looks[$0].object]) }
        if asked.isEmpty { return }
        if networks.isEmpty {
            for then in models { networks.append(try CropNetwork(then, threads: threads)) }
        }
        let crops = asked.map { CropNetwork.Crop(box: objects[looks[$0].object].box, isAudit: looks[$0].isAudit) }
        for (look, said) in zip(asked, try networks[model].answer(crops, in: frame, &counts)) {
            let answer = SecondAnswer(said.result, of: isTagged ? models[model].name : nil)
            looks[look].said[model] = answer
            looks[look].sources.append(said.source)
            guard looks[look].isAudit, let track = objects[looks[look].object].trackID,
                let standing = answers?.answers(of: track)[model]
            else { continue }
            counts.agreement.add(
                AuditedFrame(agreement: standing.agreement(with: answer), objects: 1), weight: 1 / TrackAnswers.auditShare)
        }
    }

    /// Where an answer is from that no model had to run for: the farthest of the places. Nil where one ran.
    private static func source(of look: Look) -> ObjectAnswer.Source? {
        if look.sources.contains(nil) { return nil }
        return look.sources.contains(.edge) ? .edge : .cache
    }

    /// One answer out of those of all models, in their order.
    private func join(_ answers: [Int: SecondAnswer], reused: ObjectAnswer.Source?) -> ObjectAnswer {
        var joined = ObjectAnswer(reused: reused)
        for model in models.indices {
            switch answers[model] {
            case .classes(let classes): joined.classes = (joined.classes ?? []) + classes
            case .embedding(let vector): joined.embedding = vector
            case nil: break
            }
        }
        return joined
    }
}
