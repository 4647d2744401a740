import Tracking
import Vision

/// How a model's answers to a video compare with the truth.
package struct Evaluation {
    package struct Figures: Sendable {
        /// 0…1; nil without an object to find.
        package let averagePrecision50, averagePrecision: Double?
        /// Nil where the truth does not follow objects.
        package let mota, idf1: Double?
        package let switches: Int?
    }

    private let truth: Truth
    private let labels: Set<String>
    private let score: Float
    private var precision: AveragePrecision
    private var following: (tracker: Tracker, score: TrackingScore)?
    package private(set) var frames = 0
    package private(set) var objects = 0

    /// - Parameter score: least score of an object that is reported.
    package init(_ truth: Truth, score: Float) {
        (self.truth, self.score, labels) = (truth, score, truth.labels)
        precision = AveragePrecision(hasLabels: !truth.labels.isEmpty)
        if truth.hasTracks { following = (Tracker(score: Double(score)), TrackingScore()) }
    }

    /// A frame.
    /// - Parameters:
    ///   - detections: also those below the score, by which a tracker goes on.
    ///   - time: in seconds.
    package mutating func add(_ detections: [Detection], frame: Int, time: Double) {
        let ids = following?.tracker.update(detections, at: time).ids
        guard let objects = truth.frames[frame] else { return }
        frames += 1
        self.objects += objects.count { !$0.isIgnored }
        func isJudged(_ detection: Detection) -> Bool { labels.isEmpty || labels.contains(detection.label) }
        precision.add(detections.filter { $0.score >= score && isJudged($0) }, objects)
        guard let ids else { return }
        following!.score.add(zip(ids, detections).compactMap { id, object in id.map { ($0, object) } }.filter { isJudged($0.1) }, objects)
    }

    /// The classes of the truth, the most frequent first, with their objects and AP50, 0…1; empty where the truth tells none.
    package var classes: [(label: String, objects: Int, averagePrecision50: Double)] { precision.classes }

    package var figures: Figures {
        Figures(
            averagePrecision50: precision.at50, averagePrecision: precision.mean, mota: following?.score.mota, idf1: following?.score.idf1,
            switches: following?.score.switches)
    }
}
