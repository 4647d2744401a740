import Models
import Vision

/// What a device asks of an edge server. Each call blocks no longer than its deadline.
public protocol EdgeService: AnyObject, Sendable {
    /// The bundle as the edge has it now.
    func manifest(deadline: Duration) throws(EdgeError) -> BundleManifest

    /// The full model's answer to one picture, and the submodel that the edge's selector chose for it. What comes is not to be believed
    /// before `EdgeAnswer.checked`.
    func infer(_ request: EdgeRequest, deadline: Duration) throws(EdgeError) -> EdgeAnswer

    /// Writes a file of the bundle into `folder`: under its final name only once it is whole and its SHA-256 is the manifest's.
    /// What an earlier, broken call left is continued. Slow: meant for a background thread.
    func fetch(_ file: BundleFile, into folder: String) throws(EdgeError)
}

/// One picture as the model takes it, before normalisation.
public struct EdgeRequest: Sendable {
    /// Interleaved, row by row without padding, `placement.modelWidth × placement.modelHeight × channels`, in the model's color order.
    public var pixels: [UInt8]
    public var channels: Int
    /// Where the frame lies in the model's input: boxes come back in frame pixels.
    public var placement: Placement
}

public struct EdgeAnswer: Sendable {
    public var result: HeadResult
    /// What the edge's selector chose for this picture.
    public var selection: Selection
    /// Of the selected submodel's file, as the edge has it.
    public var submodelSHA256: String
    /// Time in the edge's models.
    public var modelMilliseconds: Double
}

extension EdgeAnswer {
    /// More results than any head gives for one picture.
    static let mostResults = 10_000

    /// This answer, if it is one that the bundle's full model and selector can have given for such a picture: an edge may be another
    /// than it says. The one place where an edge's answer is checked.
    ///
    /// - Parameters:
    ///   - manifest: the edge's bundle, as this device knows it.
    ///   - labels: of the bundle's card, as this device has them: names are not taken from the network.
    ///   - placement: of the picture that was asked about.
    /// - Throws: code `invalidAnswer`.
    public func checked(_ manifest: BundleManifest, _ labels: Labels, _ placement: Placement) throws(EdgeError) -> EdgeAnswer {
        func wrong(_ what: String) -> EdgeError {
            EdgeError(.invalidAnswer, "the edge's answer \(what); is it another bundle's, or of another version?")
        }
        guard (1...manifest.submodels).contains(selection.submodel) else {
            throw wrong("selects submodel \(selection.submodel) of \(manifest.submodels)")
        }
        guard manifest[BundleFile.submodel(selection.submodel)]?.sha256 == submodelSHA256 else {
            throw wrong("selects a submodel with another SHA-256 than the bundle's")
        }
        // As `Partitions.angle` gives it: a full turn is 0. None of these comparisons holds for what is no number.
        guard selection.angle >= 0, selection.angle < 2 * .pi else { throw wrong("has an angle of \(selection.angle)") }
        guard modelMilliseconds >= 0, modelMilliseconds < 1e9 else { throw wrong("has a time of \(modelMilliseconds) ms") }
        func check(_ head: Bool, _ ids: [Int], _ scores: [Float]) throws(EdgeError) {
            guard head else { throw wrong("is of another head than the bundle's") }
            guard ids.count <= Self.mostResults else { throw wrong("has \(ids.count) results") }
            let classes = labels.names.isEmpty ? 1_000_000 : labels.names.count
            guard ids.allSatisfy({ (0..<classes).contains($0) }) else { throw wrong("has a class that the model does not have") }
            guard scores.allSatisfy({ (0...1).contains($0) }), zip(scores, scores.dropFirst()).allSatisfy({ $0 >= $1 }) else {
                throw wrong("has scores that do not fall from 1 to 0")
            }
        }
        var answer = self
        switch result {
        case .classes(let all):
            try check(manifest.card.head == .classification, all.map(\.classID), all.map(\.score))
            answer.result = .classes(all.map { Classification(classID: $0.classID, label: labels[$0.classID], score: $0.score) })
        case .detections(let all):
            try check(manifest.card.head.isDetector, all.map(\.classID), all.map(\.score))
            guard all.allSatisfy({ $0.box.isInside(placement) }) else { throw wrong("has a box outside the frame") }
            answer.result = .detections(
                all.map { Detection(classID: $0.classID, label: labels[$0.classID], score: $0.score, box: $0.box) })
        case .embedding: throw wrong("is an embedding")
        case .semantic, .depth: throw wrong("is a map")
        }
        return answer
    }
}

extension Box {
    /// As `Placement.sourceBox` gives it: inside the frame, and not empty. The right and the lower edge may be a pixel beyond, as the sum
    /// of two numbers in single precision may.
    fileprivate func isInside(_ placement: Placement) -> Bool {
        x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= Float(placement.sourceWidth) + 1
            && y + height <= Float(placement.sourceHeight) + 1
    }
}

/// Why the edge gave no usable answer.
public struct EdgeError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No connection, or it broke.
        case unreachable
        /// The deadline passed.
        case timeout
        /// 503: the edge has as much to do as it takes.
        case busy
        /// 401 or 403.
        case unauthorized
        /// The edge answered, but not what was asked for: wrong hash, wrong shape, endless body, another status.
        case invalidAnswer = "invalid_answer"
    }

    public let code: Code
    /// What failed and what to do.
    public let description: String
    /// After which the edge wants to be asked again, if it said so.
    public let retryAfter: Duration?

    public init(_ code: Code, _ description: String, retryAfter: Duration? = nil) {
        (self.code, self.description, self.retryAfter) = (code, description, retryAfter)
    }

    /// As records name it.
    var reason: String { "edge_\(code.rawValue)" }
}

extension DeepVidError {
    /// - Parameter more: what the caller has to say beside it.
    package init(_ error: EdgeError, _ more: String = "") {
        self.init(named: error.reason, error.description + more, cause: error)
    }
}
