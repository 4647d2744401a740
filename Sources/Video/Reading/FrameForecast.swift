/// Says which frames will be delivered before they are decoded: the choice of ``FrameSelector``, made by packets alone.
struct FrameForecast {
    private var timeline: Timeline
    private var selector: FrameSelector<Int>
    private let range: Range<Int64>
    private let timeBase: Rational
    private let choosesAll: Bool
    private let countsFrames: Bool
    /// Frames in the range so far, and all of them.
    private var index = 0
    private var count = 0
    /// Whether a picture that was expected did not come: then frames are numbered otherwise than was foreseen.
    var hasLost = false
    /// Whether what it says cannot be relied on any more.
    var isOff: Bool { hasLost && countsFrames }

    /// - Parameter interval: seconds that a frame lasts, about.
    init(_ timeline: Timeline, options: VideoOptions, interval: Double, timeBase: Rational, range: Range<Int64>) {
        (self.timeline, self.range, self.timeBase) = (timeline, range, timeBase)
        (choosesAll, countsFrames) = (!options.isSampled, options.every > 1)
        selector = FrameSelector(options: options, interval: interval)
    }

    /// Goes on after the key frame of `point`.
    mutating func resume(_ point: ResumePoint, _ timeline: Timeline) {
        (self.timeline, index) = (timeline, point.index + 1)
        selector.resume(point.selector, after: -1, index: point.index, isChosen: point.isChosen)
    }

    /// Takes a group.
    ///
    /// - Parameters:
    ///   - begin: how many of its frames were taken before.
    ///   - next: the group after it; `nil` if there is none, or nothing is known of it.
    /// - Returns: for each frame of `group.shown` whether it is wanted, and whether the next group's frames before its key frame are.
    mutating func add(
        _ group: PacketGroup, from begin: Int, next: PacketGroup?, isLast: Bool
    ) -> (wanted: [Bool], wantsLeading: Bool) {
        if choosesAll { return (group.shown.map { _ in true }, next.map { $0.leading > 0 } ?? false) }
        let first = count, ownEnd = first + group.shown.count
        var chosen = Set<Int>()
        for place in group.shown.indices { add(group, place, isTaken: place < begin, &chosen) }
        var ahead = self
        if let next { for place in next.shown.indices.prefix(next.leading + 1) { ahead.add(next, place, isTaken: false, &chosen) } }
        if isLast {
            ahead.selector.finish()
            ahead.takeAll(&chosen)
        }
        let leading = ownEnd..<ownEnd + (next?.leading ?? 0)
        return (group.shown.indices.map { chosen.contains(first + $0) }, leading.contains(where: chosen.contains))
    }

    private mutating func add(_ group: PacketGroup, _ place: Int, isTaken: Bool, _ chosen: inout Set<Int>) {
        defer { count += 1 }
        if isTaken { return }
        let position = timeline.position(of: group.times[place])
        guard range.contains(position) else { return }
        selector.add(count, index: index, isKey: group.beginsWithKey && group.shown[place] == 0, at: timeBase.seconds(of: position))
        index += 1
        takeAll(&chosen)
    }

    private mutating func takeAll(_ chosen: inout Set<Int>) { while let one = selector.take() { chosen.insert(one) } }
}
