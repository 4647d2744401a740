/// For how long what was seen of an object stands until it is looked at anew.
///
/// A look stands for a quarter of a second at first. Each one that agrees with it doubles that, up to the longest; one that does not begins anew.
public struct Patience: Codable, Sendable, Equatable {
    /// In seconds: nobody turns round in less.
    public static let first = 0.25
    /// Cosine of two embeddings from which they say the same: the agreement that is wanted of answers that stand. With 0.9, walkers that come
    /// nearer had answers of 0.94.
    public static let sameEmbedding = 0.95

    private var lookedAt: Double
    private var trusted = Self.first

    /// - Parameter time: of the first look, in seconds.
    public init(since time: Double) { lookedAt = time }

    public func isOver(at time: Double, longest: Double) -> Bool { seconds(at: time) >= min(trusted, longest) }

    /// Since the last look.
    public func seconds(at time: Double) -> Double { time - lookedAt }

    /// The same as a share of what it stands for.
    public func age(at time: Double) -> Double { seconds(at: time) / trusted }

    /// Another look.
    public mutating func look(agrees: Bool, at time: Double, longest: Double) {
        trusted = agrees ? min(2 * trusted, max(longest, Self.first)) : Self.first
        lookedAt = time
    }
}
