import CacheNet

/// What answers pictures: one for each worker and bundle, used by that worker's thread only.
public protocol PictureEngine: AnyObject {
    func infer(_ request: EdgeRequest) throws(EngineFault) -> EdgeAnswer
}

/// Why a picture got no answer.
public struct EngineFault: Error, Sendable, CustomStringConvertible {
    /// Whether the request was at fault, not the models.
    public let isCallers: Bool
    public let description: String

    public init(_ description: String, isCallers: Bool) { (self.description, self.isCallers) = (description, isCallers) }
}
