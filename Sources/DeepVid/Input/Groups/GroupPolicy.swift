import DeepCache
import Foundation
import Tracking
import Vision

/// Decides of each group of pictures whether it is decoded: a value that is told what was observed and says what to do next.
///
/// ```
/// begin(group) ─▶ decode                    too little is known, its packets are unusual, somebody is followed
///              └▶ seeLast ─▶ begin          somebody may be followed in what was decoded just before
///              └▶ look ─▶ see(keys) ─▶ decode | pass
///              └▶ probe ─▶ see(probed) ─▶ decode | pass        its packets are unusual: the key frames, and some frames within, tell
/// reach(group) ─▶ n                         so many groups may be passed over once the key frame after them shows nothing
///                 leap(n)                   it does: of those after the first, no key frame is looked at
/// probes(group) ─▶ frames within it     that are looked at before it is decoded as a key frame changed, or as packets are unusual
/// rest(group)  ─▶ decode some of it         something was seen a moment ago, or its packets are unusual
///              └▶ look ─▶ see(rest, key) ─▶ decode | pass
/// ```
/// Of a group that is decoded, but for learning and for measuring, the beginning is decoded first: the rest is one to be passed over again
/// once nothing is to be seen any more.
///
/// No clock and no pixels are in here. Groups that would be passed over are drawn at random and decoded, and what shows in them tells how
/// much is missed: then the limit gives way, at last to decoding everything.
struct GroupPolicy: Codable, Sendable {
    /// Why a group was decoded. The raw values stand in records.
    enum Reason: String, Codable, CodingKeyRepresentable, Sendable, CaseIterable {
        /// It cannot be passed over: it has no key frame, its frames cannot be counted, or it is the first.
        case notPossible = "not_possible"
        /// The quiet level is not known yet.
        case learning
        /// Its packets are unlike those of quiet groups.
        case sizes
        /// An object is followed, or was seen just before.
        case objects
        /// A key frame before or after it shows something, or something that changed.
        case keyFrame = "key_frame"
        /// Drawn at random, to measure what is missed.
        case drawn
        /// Too much was missed, whatever the limit.
        case targetNotHeld = "target_not_held"
    }

    enum Step: Equatable {
        case decode
        /// Ask again with the results of all but the last few frames.
        case seeLast
        case look
        /// The same, with some frames within it.
        case probe
        case pass
        /// Without its key frame: one after it showed nothing.
        case passUnseen
    }

    /// What is known of a group before it is decoded.
    struct Group {
        var profile: QuietLevel.Profile
        /// Nil at the end.
        var next: QuietLevel.Profile?
        var canBePassed: Bool
        var frames: Int
        /// In seconds.
        var start: Double
    }

    private var level = QuietLevel()
    /// Place in `GroupConstants.limits`; beyond them everything is decoded.
    private var limit = 0
    private let target: Double
    private let score: Float
    private let trackBuffer: Double
    private var tracker: Tracker
    /// Groups whose results have not all come, in order.
    private var open: [Entry] = []
    private var drawnGroups = DrawnGroups()
    /// Key frames that showed something one after the other, and groups that are decoded without looking.
    private var run = 0
    private var left = 0
    /// Key frames that showed nothing one after the other, and groups that are passed over without a look at theirs.
    private var calm = 0
    private var covered = 0
    /// Groups that were probed in vain one after the other, and groups that have to be passed over before one is probed.
    private var (vainProbes, unprobed) = (0, GroupConstants.Probes.leastPassed)
    /// The beginning of the run of key frames that show something.
    private var runStart: Double?
    /// Up to which group, by its start, was learned from groups ahead.
    private var learned: Double?
    /// Whether the packets or the key frames of the group before show something: of live input, the next one is then decoded as it comes.
    private var isStirred = false
    /// Why the last group was decoded, and whether it was divided and its rest not passed over so far.
    private var lastReason: Reason?
    private var isDivided = false
    /// Groups that were divided in vain one after the other, and groups that are not divided for that.
    private var (vain, undivided) = (0, 0)
    private var resting = RestingObjects()
    private var lastBest: Int?
    private var lastChange: Double?
    private var lastTime: Double?
    /// When an object that does not rest was seen last, were it a doubtful one, or the answer changed.
    private var lastDoubt: Double?
    /// Whether the group before was decoded.
    private var followsDecoded = false
    private(set) var counts = Counts()

    /// Sums over groups.
    struct Counts: Codable, Sendable, Equatable {
        var groups = 0
        var drawn = 0
        var reasons: [Reason: Int] = [:]
    }

    private struct Entry: Codable {
        var start: Double
        /// Nil for what was learnt from already: rests, and groups that were looked at ahead.
        var profile: QuietLevel.Profile?
        var isDecoded: Bool
        /// With which it was drawn; nil for groups that were not to be passed over.
        var probability: Double?
        var shows = 0
        /// A classifier's answer that would have stood.
        var standing: Int?
    }

    /// - Parameters:
    ///   - target: recall to hold, 0…1.
    ///   - score: least score of a reported object.
    init(target: Double, score: Double, trackBuffer: Double) {
        (self.target, self.score, self.trackBuffer) = (target, Float(score), trackBuffer)
        tracker = Tracker(score: score, bufferSeconds: trackBuffer, memorySeconds: 0)
    }

    // MARK: Groups

    /// Why the group to come is decoded whatever its packets are like; nil if they decide.
    var certainty: Reason? {
        if limit >= GroupConstants.limits.count { return .targetNotHeld }
        if !level.isLearned { return .learning }
        if isFollowing { return .objects }
        if isStirred { return .sizes }
        return left > 0 ? .keyFrame : nil
    }

    /// Takes a group that was decoded before its packets could be looked at.
    mutating func note(_ group: Group) {
        if left > 0 { left -= 1 }
        _ = decode(group, group.canBePassed ? certainty ?? .sizes : .notPossible)
        isStirred = isUnusual(group)
    }

    /// - Parameter hasLast: whether the results of all frames before the group have been seen, but for a few.
    mutating func begin(_ group: Group, hasLast: Bool) -> Step {
        noteDivision()
        guard group.canBePassed else { return decode(group, .notPossible) }
        guard limit < GroupConstants.limits.count else { return decode(group, .targetNotHeld) }
        guard level.isLearned else { return decode(group, .learning) }
        isStirred = isUnusual(group)
        // Whoever makes the next group unusual and is there before it is on the key frame between them, which is looked at.
        if isUnusual(group.profile) {
            guard !isFollowing, left == 0, unprobed == 0 else { return decode(group, .sizes) }
            return mayFollow && !hasLast ? .seeLast : .probe
        }
        if isFollowing { return decode(group, .objects) }
        if left > 0, isQuietAgain { (left, run) = (0, 0) }
        if left > 0 {
            left -= 1
            return decode(group, .keyFrame)
        }
        if mayFollow, !hasLast { return .seeLast }
        guard covered > 0 else { return .look }
        covered -= 1
        guard let probability = drawCandidate() else {
            add(group, isDecoded: false)
            return .passUnseen
        }
        return decode(group, .drawn, probability)
    }

    /// Whether to look at the groups to come, to learn from them before they are decoded: at the second group, and then ever more seldom.
    var looksAhead: Bool {
        !level.isLearned && limit < GroupConstants.limits.count && counts.groups > 0 && counts.groups & (counts.groups + 1) == 0
    }

    /// Learns from groups to come whose key frames show no object, where their packets are alike; from the first up to one that is not.
    mutating func learn(ahead groups: [Group]) {
        var all = QuietLevel()
        for group in groups { all.learn(group.profile) }
        let most = GroupConstants.limits[0] * GroupConstants.Quiet.alike
        let alike = groups.filter { all.deviation(of: $0.profile) <= most }
        guard Double(alike.count) >= GroupConstants.Quiet.mostAlike * Double(groups.count) else { return }
        var level = level
        for group in alike { level.learn(group.profile) }
        guard level.isLearned, let last = groups.last else { return }
        (self.level, learned) = (level, last.start)
    }

    /// How many groups, this one and those after it, may be passed over if the key frame after the last of them shows nothing; 1 where every
    /// key frame is looked at, as packets would not show somebody small.
    func reach(of group: Group, followedBy following: [Group]) -> Int {
        guard isCalm, showsSmall(group) else { return 1 }
        // Where somebody small would be far beyond the limit, what is within it needs no other.
        let isClear = showsSmall(group, with: GroupConstants.Leaps.share)
        let deviation = GroupConstants.limits[limit] * (isClear ? 1 : GroupConstants.Leaps.share)
        let quiet = ([group] + following).prefix { $0.canBePassed && level.deviation(of: $0.profile) <= deviation }.count
        // The one after them has to be known.
        let most = leapSeconds(from: group), near = following.prefix { $0.start - group.start <= most }.count
        return max(1, min(quiet, near))
    }

    /// Of groups that come one after the other, those whose key frames are likely to be looked at next, as places among them, if nothing shows.
    func expectedLooks(of groups: [Group]) -> [Int] {
        // Where something was seen a moment ago, looking may be given up for some groups.
        guard calm > 0 else { return Array(groups.indices.prefix(2)) }
        guard let first = groups.first, showsSmall(first) else { return Array(groups.indices.prefix(GroupConstants.Looks.ahead)) }
        guard isCalm else { return Array(groups.indices.prefix(max(1, GroupConstants.Leaps.looks - calm + 1))) }
        var places = [0]
        while places.count < GroupConstants.Looks.ahead, let place = places.last, let last = groups.last,
            // Otherwise how far the next leap goes is not known yet.
            last.start - groups[place].start > leapSeconds(from: groups[place])
        {
            places.append(place + reach(of: groups[place], followedBy: Array(groups[(place + 1)...])))
        }
        return places
    }

    /// Of groups that come one after the other, those within which frames are likely to be looked at next, as places among them, and these frames.
    func expectedProbes(of groups: [Group]) -> [(group: Int, frames: [Int])] {
        guard unprobed == 0, left == 0, !isFollowing else { return [] }
        return Array(
            groups.enumerated().lazy.filter { $1.canBePassed && isUnusual($1.profile) }
                .compactMap { place, group in
                    probes(of: group, ownChanged: false, nextChanged: false).map { (group: place, frames: $0) }
                }
                .prefix(GroupConstants.Probes.ahead))
    }

    /// Whether the group before was decoded for what was seen, or may be.
    private var mayFollow: Bool { followsDecoded && lastReason != .drawn && lastReason != .learning }

    /// From the key frame that is looked at to the next one that is, at most: longer where somebody small would be far beyond the limit.
    private func leapSeconds(from group: Group) -> Double {
        showsSmall(group, with: GroupConstants.Leaps.share) ? GroupConstants.Leaps.longest : GroupConstants.Leaps.seconds
    }

    /// Whether packets of pictures as large as the group's would show somebody small; not where their size is not known.
    /// - Parameter share: with so much of the bytes that somebody small costs.
    private func showsSmall(_ group: Group, with share: Double = 1) -> Bool {
        limit < GroupConstants.limits.count
            && level.leastChange(deviations: GroupConstants.limits[limit])
                <= share * GroupConstants.smallBytes(pixels: group.profile.pixels)
    }

    /// Frames of a group that tell whether the others have to be decoded: where its packets are unusual, where they do not show people and the
    /// next key frame changed, and after its own where that changed.
    /// - Returns: places in the group; nil where looking is not worth it, as it was in vain.
    func probes(of group: Group, ownChanged: Bool, nextChanged: Bool) -> [Int]? {
        guard unprobed == 0, limit < GroupConstants.limits.count else { return nil }
        let step = GroupConstants.Probes.step, shows = showsSmall(group)
        var places = Set<Int>()
        func add(_ range: ClosedRange<Int>) { places.formUnion(group.profile.places(in: range, step: step)) }
        if let stretch = level.stretch(of: group.profile, beyond: GroupConstants.limits[limit]) {
            // What packets hide comes before it as well.
            add((shows ? stretch.lowerBound : 0)...stretch.upperBound)
            if stretch.lowerBound == 0 { add(beginning(of: group)) }
        }
        if ownChanged { add(beginning(of: group)) }
        if nextChanged, !shows { add(0...max(0, group.profile.count - 1)) }
        // The key frame has been looked at.
        return places.subtracting([0]).sorted()
    }

    /// Those that are looked at in the group after, where its key frame changed.
    func probes(after group: Group) -> [Int] {
        group.profile.places(in: beginning(of: group), step: GroupConstants.Probes.step).filter { $0 > 0 }
    }

    private func beginning(of group: Group) -> ClosedRange<Int> {
        0...group.profile.place(at: GroupConstants.Probes.beginning)
    }

    /// Takes whether the frames that were looked at show something.
    mutating func note(probe shows: Bool) {
        vainProbes = shows ? min(vainProbes + 1, GroupConstants.Probes.mostVain) : 0
        unprobed = shows ? GroupConstants.Probes.leastPassed << (vainProbes - 1) : 0
    }

    /// Whether key frames have shown nothing for long enough that not all of them are looked at.
    var isCalm: Bool { calm >= GroupConstants.Leaps.looks && covered == 0 }

    /// Takes that the key frame after so many groups shows nothing, or that it does (0).
    mutating func leap(over groups: Int) {
        covered = max(0, groups - 1)
        if groups == 0 { calm = 0 }
    }

    /// Whether its packets, or those of the next group, are unlike those of quiet groups.
    private func isUnusual(_ group: Group) -> Bool { isUnusual(group.profile) || group.next.map(isUnusual) ?? false }

    private func isUnusual(_ profile: QuietLevel.Profile) -> Bool {
        guard limit < GroupConstants.limits.count, level.isLearned else { return false }
        return level.deviation(of: profile) > GroupConstants.limits[limit]
    }

    /// Takes what the key frames before and after the group show.
    mutating func see(_ group: Group, keysShow: Bool) -> Step {
        isStirred = keysShow
        if keysShow {
            if run == 0 { runStart = group.start }
            run += 1
            let most = max(GroupConstants.Runs.longest, GroupConstants.Runs.frames / max(1, group.frames))
            left = min(max(0, run - GroupConstants.Runs.short), most)
            return decode(group, .keyFrame)
        }
        run = 0
        calm += 1
        return passOrDraw(group)
    }

    /// Takes what is seen in a group whose packets are unusual, and around it.
    mutating func see(probed group: Group, shows: Bool) -> Step {
        if shows { return decode(group, .sizes) }
        isStirred = false
        // It may be one of those between two key frames that show nothing.
        covered = max(0, covered - 1)
        return passOrDraw(group)
    }

    private mutating func passOrDraw(_ group: Group) -> Step {
        if let probability = drawCandidate() { return decode(group, .drawn, probability) }
        add(group, isDecoded: false)
        return .pass
    }

    /// Whether the beginning of the group that is now to be decoded is decoded first, to see whether the rest has to be: not to learn or to
    /// measure, nor where the key frame after it shows something. Where somebody stays, it is seldom asked: the results have to be waited for.
    mutating func dividesGroup(nextKeyShows: Bool) -> Bool {
        guard !nextKeyShows, [.sizes, .objects, .keyFrame].contains(lastReason), left == 0 else { return false }
        if undivided > 0 {
            undivided -= 1
            return false
        }
        isDivided = true
        return true
    }

    private mutating func noteDivision() {
        guard isDivided else { return }
        isDivided = false
        vain += 1
        undivided = min(1 << vain - 1, GroupConstants.Rests.mostUndivided)
    }

    /// Takes the rest of a group, once the results of what was decoded of it have been seen, as far as there are any.
    /// - Parameter start: of the group, in seconds.
    /// - Returns: `look`, or `decode` for a part of it before it is asked for again.
    func rest(_ rest: Group, of start: Double) -> Step {
        guard rest.canBePassed, limit < GroupConstants.limits.count, let lastTime else { return .decode }
        let quiet = lastTime - max(lastDoubt ?? start, start)
        return quiet >= GroupConstants.Rests.quiet && !isUnusual(rest.profile) ? .look : .decode
    }

    /// Whether nothing can have been seen for long enough, whatever `seconds` more show.
    func isDoubted(for seconds: Double) -> Bool {
        guard let lastTime, let lastDoubt else { return false }
        return lastTime + seconds - lastDoubt < GroupConstants.Rests.quiet
    }

    /// Takes what the key frame after the rest of a group shows.
    /// - Returns: `pass`, or `decode` for all of it.
    mutating func see(rest: Group, keyShows: Bool) -> Step {
        if keyShows { return .decode }
        let probability = drawCandidate()
        open.append(Entry(start: rest.start, isDecoded: probability != nil, probability: probability))
        (isDivided, vain, undivided) = (false, 0, 0)
        return probability == nil ? .pass : .decode
    }

    /// Draws whether what is to be passed over is decoded all the same.
    /// - Returns: with which probability, if so.
    private mutating func drawCandidate() -> Double? {
        let probability = drawnGroups.draw()
        if probability != nil { counts.drawn += 1 }
        return probability
    }

    private mutating func decode(_ group: Group, _ reason: Reason, _ probability: Double? = nil) -> Step {
        counts.reasons[reason, default: 0] += 1
        lastReason = reason
        if reason != .drawn { (calm, covered) = (0, 0) }
        add(group, isDecoded: true, probability)
        return .decode
    }

    private mutating func add(_ group: Group, isDecoded: Bool, _ probability: Double? = nil) {
        counts.groups += 1
        followsDecoded = isDecoded
        if !isDecoded { (vain, undivided, unprobed) = (0, 0, max(0, unprobed - 1)) }
        let profile = group.start > learned ?? -.infinity ? group.profile : nil
        open.append(Entry(start: group.start, profile: profile, isDecoded: isDecoded, probability: probability))
    }

    // MARK: Results

    /// Whether an object that does not rest was seen, or the answer changed, a moment ago.
    var isFollowing: Bool {
        if let lastChange, let lastTime { return lastTime - lastChange < GroupConstants.eventSeconds }
        return false
    }

    /// Whether somebody was seen in the run of key frames that show something, and nobody for a while.
    private var isQuietAgain: Bool {
        guard let lastDoubt, let lastTime, let runStart else { return false }
        return lastDoubt >= runStart && lastTime - lastDoubt >= GroupConstants.Rests.quiet
    }

    /// Takes the objects of a key frame that was looked at, down to those near the threshold.
    /// - Returns: whether one of them does not rest.
    mutating func look(_ objects: [SeenFrame.SeenObject], at time: Double) -> Bool { resting.see(objects, at: time).contains(false) }

    /// What comes is another connection, or has other times.
    mutating func breakOff() {
        finish()
        tracker = Tracker(score: Double(score), bufferSeconds: trackBuffer, memorySeconds: 0)
        (lastChange, lastDoubt, lastTime, followsDecoded) = (nil, nil, nil, false)
        drawnGroups.breakOff()
        (calm, covered) = (0, 0)
        (run, left, runStart, learned) = (0, 0, nil, nil)
        resting = RestingObjects()
    }

    /// Takes the result of the next frame.
    mutating func see(_ frame: SeenFrame) {
        if let lastTime, frame.time < lastTime - GroupConstants.mostDisorder { breakOff() }
        while open.count > 1, frame.time >= open[1].start { close(end: open[1].start) }
        lastTime = frame.time
        var shows = 0
        if let seen = frame.objects {
            let rests = resting.see(seen, at: frame.time)
            shows = zip(seen, rests).count { $0.score >= score && !$1 }
            if shows > 0 { lastChange = frame.time }
            if rests.contains(false) { lastDoubt = frame.time }
            let step = tracker.update(seen.map(Detection.init), at: frame.time)
            for track in step.ended { end(track) }
            if frame.isComputed { drawnGroups.find(objects: seen.count { $0.score >= score }) }
        } else if let best = frame.best {
            if lastBest != nil, lastBest != best { (lastChange, lastDoubt) = (frame.time, frame.time) }
            lastBest = best
            if !open.isEmpty { open[0].standing = open[0].standing ?? best }
            shows = best == open.first?.standing ?? best ? 0 : 1
            if frame.isComputed { drawnGroups.find(objects: 1) }
        }
        if !open.isEmpty { open[0].shows += shows }
    }

    /// No more results come.
    mutating func finish() {
        while !open.isEmpty { close(end: .infinity) }
        for track in tracker.end() { end(track) }
    }

    /// All results of the first open group have come.
    private mutating func close(end: Double) {
        let entry = open.removeFirst()
        if entry.shows == 0, let profile = entry.profile { level.learn(profile) }
        guard let probability = entry.probability else { return }
        drawnGroups.close(entry.start..<max(entry.start, end), probability: probability, missed: entry.shows)
        giveWay()
    }

    /// Somebody is out of sight.
    private mutating func end(_ track: Track) {
        guard track.lastTime - track.startTime >= GroupConstants.eventSeconds else { return }
        drawnGroups.find(eventFrom: track.startTime)
        giveWay()
    }

    /// Where less is found than is to be, less counts as quiet.
    private mutating func giveWay() {
        guard let least = drawnGroups.leastRecall, least < target else { return }
        limit = min(limit + 1, GroupConstants.limits.count)
        drawnGroups.restart()
    }

    // MARK: Summary

    /// Adds what the policy knows.
    func fill(_ summary: inout DecodeSummary) {
        summary.groups = counts.groups
        summary.decodedGroups = counts.reasons.values.reduce(0, +)
        summary.drawnGroups = counts.drawn
        summary.reasons = Reason.allCases.compactMap { reason in counts.reasons[reason].map { (reason: reason.rawValue, groups: $0) } }
        summary.limit = limit < GroupConstants.limits.count ? GroupConstants.limits[limit] : nil
        let (objects, events) = (drawnGroups.objects, drawnGroups.events)
        let typical = events.found > 0 ? Double(objects.found) / Double(events.found) : 1
        summary.objects = DecodeSummary.Recall(objects, typical: typical)
        summary.events = DecodeSummary.Recall(events, typical: 1)
    }
}
