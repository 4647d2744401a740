/// How many unsure frames must select the same submodel before it becomes the active one: a single contrary frame is no new scene.
public struct Hysteresis: Sendable, Codable, Equatable {
    /// So many votes…
    public var votes: Int
    /// …among the last so many unsure frames. As many sure frames in a row make earlier votes void.
    public var among: Int

    public init(votes: Int, among: Int) {
        precondition(votes >= 1 && votes <= among)
        (self.votes, self.among) = (votes, among)
    }

    /// Five of the last eight: on pictures of one class after another, 3 points more hits than with two of three, and 8 than with one.
    public static let usual = Hysteresis(votes: 5, among: 8)
    /// Every selection counts, as in the paper.
    public static let none = Hysteresis(votes: 1, among: 1)
}

/// The last selections, and what they come to.
struct Ballot: Sendable, Codable, Equatable {
    private var votes: [Int] = []
    private var sureInARow = 0

    /// - Returns: whether `k` has enough votes now.
    mutating func add(_ k: Int, _ rule: Hysteresis) -> Bool {
        sureInARow = 0
        votes.append(k)
        if votes.count > rule.among { votes.removeFirst() }
        return votes.count { $0 == k } >= rule.votes
    }

    mutating func addSure(_ rule: Hysteresis) {
        sureInARow += 1
        if sureInARow >= rule.among { votes = [] }
    }
}
