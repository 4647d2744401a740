/// How many lanes share an input's frames, and who gets which.
///
/// ```
/// frame:  0 … 31   32 … 63   64 … 95   96 … 127   …
/// lane:      0         1         0         1           (two lanes)
/// ```
/// By number alone: the same input gives the same records, however fast a lane is.
struct LanePlan: Sendable {
    let lanes: Int
    /// Of each lane.
    let threads: Int
    /// Frames that a lane gets running. At the first of them everything has changed that moved during the other lanes' turns,
    /// so they should not be few; as pictures that wait stay in memory, they should not be many.
    static let run = 32
    static let most = 8
    /// What all of them may hold in memory.
    static let memory = 1 << 30

    /// - Parameter bytes: that a lane holds: activations, and the pictures that wait for it.
    init(threads: Int, bytes: Int = 0) {
        lanes = max(1, min(threads, Self.most, Self.memory / max(1, bytes)))
        self.threads = max(1, threads / lanes)
    }

    func lane(of number: Int) -> Int { number / Self.run % lanes }

    /// Pictures that may wait: a run for each lane, and two more for those that are ahead.
    var room: Int { (lanes + 2) * Self.run }
}
