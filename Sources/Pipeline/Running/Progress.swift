/// How far an input is.
public struct Progress: Sendable {
    /// Frame records so far.
    public let frames: Int
    /// 0…1; nil when the length is not known (cameras, pipes).
    public let fraction: Double?
}
