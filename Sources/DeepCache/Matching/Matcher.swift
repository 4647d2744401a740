import CKernels

/// What a matcher found: the pixels of a picture that cannot be taken from the reference, and how the rest moved.
public struct Match {
    /// Pixels to be computed again, as spans; no pixel twice.
    public internal(set) var changed: [dv_span] = []
    /// Share of blocks that changed, 0…1.
    public internal(set) var share = 0.0
    /// Where the rest is found: picture (x, y) is reference (x + motion.x, y + motion.y).
    public internal(set) var motion = Motion.none

    public init() {}
}

/// A displacement in pixels of the model's input.
public struct Motion: Sendable, Hashable {
    public var x: Int
    public var y: Int

    public init(x: Int, y: Int) { (self.x, self.y) = (x, y) }

    public static let none = Motion(x: 0, y: 0)
}

/// Compares pictures at the model's input size with a reference: the pixels from which the cached activations were
/// computed. Pictures are interleaved 8-bit pixels whose rows are a fixed number of bytes apart.
public protocol Matcher: AnyObject {
    /// What changed since the reference, which stays as it is.
    /// - Parameter candidates: displacements that may be worth trying, for matchers that look for one.
    func match(_ picture: UnsafePointer<UInt8>, candidates: [Motion]) -> Match
    /// Takes what a match called changed into the reference: the picture whose activations are now cached. It is the one
    /// last matched.
    func accept(_ match: Match, _ picture: UnsafePointer<UInt8>)
    /// Makes the whole picture the reference.
    func accept(_ picture: UnsafePointer<UInt8>)
}

extension Matcher {
    public func match(_ picture: UnsafePointer<UInt8>) -> Match { match(picture, candidates: []) }
}
