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

    /// Two of the last three: the least that one frame alone cannot meet.
    public static let usual = Hysteresis(votes: 2, among: 3)
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
