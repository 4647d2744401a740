import Concurrency
import DeepCache
import Models
import Video
import Vision

/// The second models of a run: says of each object what they see in it, and runs them only where no answer stands.
///
/// ```
/// objects with ids, frame ─▶ TrackAnswers: stands, or look ─▶ crops ─▶ CropNetwork, one a model ─▶ Looks ─▶ objects with answers
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

    /// Gives the objects their answers.
    ///
    /// - Parameters:
    ///   - answers: nil where objects are not followed: then each is looked at. Else those are that have an id.
    ///   - counts: one a model.
    /// - Complexity: linear in the objects; a run of a model for each that is looked at.
    func answer(
        _ objects: inout [Detection], in frame: Frame, at time: Double, _ answers: inout TrackAnswers?, _ counts: inout [ThenCounts]
    ) throws(DeepVidError) {
        for index in objects.indices {
            let object = objects[index], asked = models.indices.filter { models[$0].isAsked(about: object) }
            guard !asked.isEmpty, answers == nil || object.trackID != nil else { continue }
            let worth = BestView.worth(object, width: frame.width, height: frame.height)
            let turn = object.trackID.flatMap { answers?.turn(of: $0, worth: worth, at: time, longest: longest) } ?? .look
            for model in asked { counts[model].crops += 1 }
            let before = object.trackID.flatMap { answers?.answers(of: $0) } ?? [:]
            if turn == .stands {
                for model in asked { counts[model].fromTrack += 1 }
                objects[index].answer = join(before, reused: .track)
                continue
            }
            var said: [Int: SecondAnswer] = [:]
            for model in asked {
                said[model] = try look(model, object.box, in: frame, &counts[model])
                guard turn == .audit, let standing = before[model], let now = said[model] else { continue }
                counts[model].agreement.add(AuditedFrame(agreement: standing.agreement(with: now), objects: 1), weight: 1)
            }
            if let track = object.trackID, answers != nil {
                answers!.look(said, of: track, worth: worth, at: time, longest: longest)
                said = answers!.answers(of: track)
            }
            objects[index].answer = join(said, reused: nil)
        }
    }

    /// Runs a model on an object.
    private func look(_ model: Int, _ box: Box, in frame: Frame, _ counts: inout ThenCounts) throws(DeepVidError) -> SecondAnswer {
        let watch = Stopwatch()
        if networks.isEmpty {
            for then in models { networks.append(try CropNetwork(then, threads: threads)) }
        }
        let result = try networks[model].answer(box, in: frame)
        counts.runs += 1
        counts.seconds += watch.seconds
        return SecondAnswer(result, of: isTagged ? models[model].name : nil)
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
