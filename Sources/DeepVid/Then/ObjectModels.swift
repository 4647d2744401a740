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
    private let threads: Int
    /// Made when the first crop comes.
    private var networks: [CropNetwork] = []
    /// Whether classes name their model.
    private let isTagged: Bool

    /// - Parameter threads: that compute one crop.
    init(_ models: [ThenModel], threads: Int) {
        (self.models, self.threads) = (models, threads)
        isTagged = models.count { $0.isClassifier } > 1
    }

    /// What one model is reported to say of an object, and where that is from; nil for a model that ran.
    private typealias Said = (answer: SecondAnswer, source: ObjectAnswer.Source?)

    /// Gives the objects their answers.
    ///
    /// - Parameters:
    ///   - answers: nil where objects are not followed: then each is looked at. Else those are that have an id.
    ///   - counts: one a model.
    /// - Complexity: linear in the objects; a run of a model for each that is looked at and not known.
    func answer(
        _ objects: inout [Detection], in frame: Frame, at time: Double, _ answers: inout TrackAnswers?, _ counts: inout [ThenCounts]
    ) throws(DeepVidError) {
        var said = objects.map { _ in [Said]() }
        for model in models.indices {
            let asked = objects.indices.filter {
                models[model].isAsked(about: objects[$0]) && (answers == nil || objects[$0].trackID != nil)
            }
            counts[model].crops += asked.count
            for (index, one) in try ask(model, asked, objects, in: frame, at: time, &answers, &counts[model]) { said[index].append(one) }
        }
        for index in objects.indices where !said[index].isEmpty { objects[index].answer = Self.join(said[index]) }
    }

    /// An object that a model looks at.
    private struct Look {
        /// Among the frame's objects.
        let object: Int
        /// Of the view (`BestView.worth`).
        let worth: Double
        /// Of an audit; nil for what is none.
        let weight: Double?
    }

    /// - Parameter asked: the objects that the model is asked about.
    /// - Returns: what is said of each.
    private func ask(
        _ model: Int, _ asked: [Int], _ objects: [Detection], in frame: Frame, at time: Double, _ answers: inout TrackAnswers?,
        _ counts: inout ThenCounts
    ) throws(DeepVidError) -> [(Int, Said)] {
        var (looks, all) = ([Look](), [(Int, Said)]())
        for index in asked {
            let worth = BestView.worth(objects[index], width: frame.width, height: frame.height)
            switch objects[index].trackID.flatMap({ answers?.turn(of: $0, model, worth: worth, at: time) }) ?? .look {
            case .stands:
                counts.fromTrack += 1
                all.append((index, (answers!.answer(of: objects[index].trackID!, model)!, .track)))
            case .look: looks.append(Look(object: index, worth: worth, weight: nil))
            case .audit(let weight): looks.append(Look(object: index, worth: worth, weight: weight))
            }
        }
        if looks.isEmpty { return all }
        if networks.isEmpty {
            for then in models { networks.append(try CropNetwork(then, threads: threads)) }
        }
        let crops = looks.map { CropNetwork.Crop(box: objects[$0.object].box, isAudit: $0.weight != nil) }
        for (look, said) in zip(looks, try networks[model].answer(crops, in: frame, &counts)) {
            var answer = SecondAnswer(said.result, of: isTagged ? models[model].name : nil)
            if let track = objects[look.object].trackID, answers != nil {
                if let weight = look.weight, let standing = answers!.answer(of: track, model) {
                    counts.agreement.add(AuditedFrame(agreement: standing.agreement(with: answer), objects: 1), weight: weight)
                }
                answers!.look(
                    answer, of: track, model, worth: look.worth, at: time, isOwn: said.source == nil, isAudit: look.weight != nil)
                answer = answers!.answer(of: track, model)!
            }
            all.append((look.object, (answer, said.source)))
        }
        return all
    }

    /// One answer out of those of all models, in their order. It is from the farthest of their places, unless a model ran.
    private static func join(_ said: [Said]) -> ObjectAnswer {
        let sources = said.map(\.source)
        var joined = ObjectAnswer(reused: sources.contains(nil) ? nil : [.edge, .cache, .track].first(where: sources.contains))
        for (answer, _) in said {
            switch answer {
            case .classes(let classes): joined.classes = (joined.classes ?? []) + classes
            case .embedding(let vector): joined.embedding = vector
            }
        }
        return joined
    }
}
