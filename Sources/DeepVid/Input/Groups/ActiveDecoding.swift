import DeepCache
import Models
import Synchronization
import Video
import Vision

/// `--decode active` for one input: asks the policy which groups of pictures are decoded, shows it what the model says, and keeps the
/// answers that stand for frames that are not decoded.
///
/// ```
/// VideoReader ──group──▶ decide ──▶ GroupPolicy ◀── results of frames (note)
///                          └─▶ KeyFrameScout: key frames of groups that may be passed over
/// ```
/// `decide` runs on the thread that reads. It goes by results up to a fixed number of frames before the group, fewer where these may show
/// somebody who is followed, and by all of them before the rest of a group whose beginning was decoded: never by how far the analyzers happen
/// to be. Who came since is on the key frames that are looked at. Of live input nothing waits: what has come is gone by.
///
/// `@unchecked Sendable`: what both threads touch is in the log and under the mutex; the scout and the probes are the reading thread's.
package final class ActiveDecoding: GroupDecider, @unchecked Sendable {
    /// What the rest of an input depends on.
    package struct State: Codable, Sendable {
        var policy: GroupPolicy
        var scout: ModelAnalyzer.State
        /// Frames whose results the policy has seen, and results that it has not.
        var seen: Int
        var unseen: [SeenFrame]
        /// Frames within groups that were looked at and show nothing; of the last groups.
        var probed: Set<Probe> = []
    }

    /// A frame within a group that was looked at, and shows nothing.
    struct Probe: Hashable, Codable {
        var group, place: Int
    }

    private struct Shared {
        var policy: GroupPolicy
        /// Frames whose results the policy has seen.
        var seen: Int
        /// Of the last frame.
        var last: FrameResult?
        /// By group.
        var answers: [Int: FrameResult] = [:]
        /// Of the last key frame that was looked at and passed over.
        var standing: FrameResult?
        var states: [Int: State] = [:]
        var failure: DeepVidError?
        /// The group whose frames are delivered.
        var delivered = -1
    }

    private let model: LoadedModel
    private let options: RunOptions
    private let scout: KeyFrameScout
    private let log: ResultLog
    private let shared: Mutex<Shared>
    /// Frames that may be on their way through the analyzers, and how many may be where something has to be known of the last ones.
    private let lag: Int
    private static let shortLag = 24
    /// As in `State`.
    private var probed: Set<Probe>
    private let policyName: ReuseOptions.Policy
    private let isLive: Bool

    /// - Parameters:
    ///   - state: of one that this one goes on from: before a frame of the same input, or, of live input, of the connection before.
    ///   - isLive: whether pictures come as they are taken.
    /// - Throws: when the model gives no objects and no classes, or is a bundle.
    init(_ model: Model, _ options: RunOptions, resuming state: State? = nil, isLive: Bool = false) throws(DeepVidError) {
        try Self.check(model)
        guard case .single(let loaded) = model.source else { preconditionFailure("checked above") }
        (self.model, self.options, self.isLive) = (loaded, options, isLive)
        policyName = model.canReuse ? options.reuse.policy : .off
        scout = KeyFrameScout(loaded, options, resuming: state?.scout)
        let policy = GroupPolicy(
            target: options.reuse.targetAgreement, score: Double(loaded.scores.reported), trackBuffer: options.output.trackBuffer)
        shared = Mutex(Shared(policy: state?.policy ?? policy, seen: state?.seen ?? 0))
        probed = state?.probed ?? []
        log = ResultLog(after: state?.seen ?? 0, state?.unseen ?? [])
        let workers = FrameWorkers.divide(threads: options.threads).workers
        lag = (workers + 2) * FrameWorkers.turn + 16
    }

    static func check(_ model: Model) throws(DeepVidError) {
        guard case .single(let loaded) = model.source else {
            throw DeepVidError(
                .invalidOptions, "--decode active is for one model, and not for several or for a bundle: leave one of them out")
        }
        let head = loaded.profile.card.head
        guard head.isDetector || head == .classification else {
            throw DeepVidError(
                .invalidOptions,
                "--decode active looks for objects or classes, and head '\(head.rawValue)' of \(loaded.name) gives neither: leave it out")
        }
    }

    // MARK: The thread that reads

    package func decide(_ group: CodedGroup) -> GroupDecision { group.isRest ? decide(rest: group) : decide(whole: group) }

    private func decide(whole group: CodedGroup) -> GroupDecision {
        if isLive {
            seeAll()
        } else {
            keepState(before: group.number)
            see(allBut: lag, before: group)
        }
        let known = Self.known(of: group)
        if !isLive, group.canBePassed, shared.withLock({ $0.policy.looksAhead }) {
            // Where something was seen a moment ago, a key frame would show it, too.
            see(allBut: Self.shortLag, before: group)
            if !shared.withLock({ $0.policy.isFollowing }), let failed = lookAhead(from: group) { return failed }
        }
        var step = shared.withLock { $0.policy.begin(known, hasLast: isLive) }
        if step == .seeLast {
            see(allBut: Self.shortLag, before: group)
            step = shared.withLock { $0.policy.begin(known, hasLast: true) }
        }
        switch step {
        case .look: return attempt { () throws(DeepVidError) in try decide(byLooking: group, known) }
        case .probe: return attempt { () throws(DeepVidError) in try decide(byProbing: group, known) }
        case .passUnseen: return keepStanding(for: group) ? .passUnseen : .decode
        case .decode, .pass, .seeLast: return decode()
        }
    }

    private func decide(byLooking group: CodedGroup, _ known: GroupPolicy.Group) throws(DeepVidError) -> GroupDecision {
        let following = Self.following(group)
        begin(from: group, known, following)
        let here = try look(at: group), own = sign(of: here, group)
        let leaps = try own == .nothing ? leap(from: group, known, following) : false
        let next = try leaps ? .nothing : signAfter(group)
        let shows = try max(own, next) == .nothing ? false : showsWithin(group, known, own, next)
        guard shared.withLock({ $0.policy.see(known, keysShow: shows) }) == .pass, let here else {
            return decode(nextKeyShows: next != .nothing)
        }
        return pass(group, here)
    }

    private func decide(byProbing group: CodedGroup, _ known: GroupPolicy.Group) throws(DeepVidError) -> GroupDecision {
        begin(from: group, known, Self.following(group))
        group.next?.beginKeyFrame()
        let here = try look(at: group), own = sign(of: here, group), next = try signAfter(group)
        let shows = try showsWithin(group, known, own, next)
        guard shared.withLock({ $0.policy.see(probed: known, shows: shows) }) == .pass, let here else {
            return decode(nextKeyShows: next != .nothing)
        }
        return pass(group, here)
    }

    /// The groups after one, as far as they were read, and what is known of them.
    private typealias Following = [(group: CodedGroup, known: GroupPolicy.Group)]

    private static func following(_ group: CodedGroup) -> Following {
        sequence(first: group, next: \.next).dropFirst().map { ($0, known(of: $0)) }
    }

    /// Begins to decode the frames that are likely to be looked at next.
    private func begin(from group: CodedGroup, _ known: GroupPolicy.Group, _ following: Following) {
        let all = [known] + following.map(\.known)
        let (looks, probes) = shared.withLock { ($0.policy.expectedLooks(of: all), $0.policy.expectedProbes(of: all)) }
        func coded(_ place: Int) -> CodedGroup { place == 0 ? group : following[place - 1].group }
        for (place, frames) in probes where frames.count * group.pixels <= GroupConstants.Probes.mostPixelsAhead {
            coded(place).beginFrames(at: frames)
        }
        for place in looks { coded(place).beginKeyFrame() }
    }

    private func pass(_ group: CodedGroup, _ here: KeyFrameScout.Look) -> GroupDecision {
        shared.withLock { shared in
            (shared.answers[group.number], shared.standing) = (here.result, here.result)
        }
        return .pass
    }

    /// What a key frame shows, from less to more.
    private enum Sign: Int, Comparable {
        case nothing
        /// Some blocks have changed, and no object is seen.
        case change
        /// An object, a score near the threshold, more changes than something small makes, or another class. A key frame that cannot be
        /// decoded tells nothing, and so may show one.
        case object

        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    private func sign(of look: KeyFrameScout.Look?, _ group: CodedGroup) -> Sign {
        guard let look else { return .object }
        let showsObject = shared.withLock { $0.policy.look(look.objects, at: group.startSeconds) }
        if showsObject || look.changed > GroupConstants.Probes.mostChanged { return .object }
        if look.changed > 0 { return .change }
        scout.settle(quiet: group.number)
        return .nothing
    }

    private func signAfter(_ group: CodedGroup) throws(DeepVidError) -> Sign {
        guard let next = group.next else { return .nothing }
        return try sign(of: look(at: next), next)
    }

    /// Whether key frames show an object, or frames within the group and after a key frame that changed do.
    private func showsWithin(
        _ group: CodedGroup, _ known: GroupPolicy.Group, _ own: Sign, _ next: Sign
    ) throws(DeepVidError) -> Bool {
        guard max(own, next) < .object, key(of: group) != nil else { return true }
        let chosen = shared.withLock {
            $0.policy.probes(of: known, ownChanged: own == .change, nextChanged: next == .change)
        }
        guard let chosen else { return true }
        var shows = try probe(group, at: chosen)
        if !shows, next == .change, let after = group.next {
            shows = try probe(after, at: shared.withLock { $0.policy.probes(after: Self.known(of: after)) })
        }
        shared.withLock { $0.policy.note(probe: shows) }
        return shows
    }

    /// Whether one of some frames of a group shows something. One that cannot be decoded may.
    private func probe(_ group: CodedGroup, at places: [Int]) throws(DeepVidError) -> Bool {
        let new = places.filter { !probed.contains(Probe(group: group.number, place: $0)) }
        guard !new.isEmpty else { return false }
        let best = try look(at: group)?.result.classes.first?.classID
        var shows = false, failure: DeepVidError?
        let isWhole = try? group.frames(at: new) { frame in
            do throws(DeepVidError) {
                let seen = try scout.probe(frame)
                shows = shared.withLock { $0.policy.look(seen.objects, at: frame.ptsSeconds ?? group.startSeconds) } || seen.best != best
            } catch { failure = error }
            return !shows && failure == nil
        }
        if let failure { throw failure }
        guard isWhole == true, !shows else { return true }
        probed = probed.filter { $0.group >= group.number - 1 }.union(new.map { Probe(group: group.number, place: $0) })
        return false
    }

    /// Learns from groups to come, as far as their key frames show no object.
    /// - Returns: where that failed, what becomes of the group.
    private func lookAhead(from group: CodedGroup) -> GroupDecision? {
        var groups: [GroupPolicy.Group] = []
        do throws(DeepVidError) {
            for one in sequence(first: group, next: \.next) {
                // Where something is always to be seen, the first shows it, and the others are not wanted.
                if !groups.isEmpty {
                    one.next?.beginKeyFrame()
                    one.next?.next?.beginKeyFrame()
                }
                guard one.canBePassed, try sign(of: look(at: one), one) < .object else { break }
                groups.append(Self.known(of: one))
            }
        } catch {
            shared.withLock { $0.failure = error }
            return .decode
        }
        shared.withLock { $0.policy.learn(ahead: groups) }
        return nil
    }

    /// Looks at a key frame further on, where those between may be left out.
    /// - Returns: whether they may.
    private func leap(
        from group: CodedGroup, _ known: GroupPolicy.Group, _ following: Following
    ) throws(DeepVidError) -> Bool {
        guard shared.withLock({ $0.policy.isCalm }), key(of: group) != nil else { return false }
        let groups = shared.withLock { $0.policy.reach(of: known, followedBy: following.map(\.known)) }
        guard groups > 1 else { return false }
        let end = following[groups - 1].group, isQuiet: Bool
        if let endKey = self.key(of: end) {
            let sight = try scout.see(endKey, of: end.number, after: group.number)
            isQuiet = sight.look.changed == 0 && !shared.withLock { $0.policy.look(sight.look.objects, at: end.startSeconds) }
            // Otherwise the next one is compared with the one before again.
            if isQuiet {
                scout.take(sight)
                scout.settle(quiet: end.number)
            }
        } else {
            isQuiet = false
        }
        shared.withLock { $0.policy.leap(over: isQuiet ? groups : 0) }
        return isQuiet
    }

    /// The answer of the last key frame that was looked at stands for the group as well.
    /// - Returns: false where there is none.
    private func keepStanding(for group: CodedGroup) -> Bool {
        shared.withLock { shared in
            guard let standing = shared.standing else { return false }
            shared.answers[group.number] = standing
            return true
        }
    }

    private func decode(nextKeyShows: Bool = false) -> GroupDecision {
        let divides = !isLive && shared.withLock { $0.policy.dividesGroup(nextKeyShows: nextKeyShows) }
        return divides ? .decodeBeginning(seconds: GroupConstants.Rests.beginning) : .decode
    }

    /// Goes by the results of all frames that have been delivered, or of those before the last few where these can make no difference.
    private func decide(rest: CodedGroup) -> GroupDecision {
        let lag = min(Self.shortLag, Int(0.8 * GroupConstants.Rests.quiet / rest.frameSeconds))
        see(allBut: lag, before: rest)
        if shared.withLock({ $0.policy.isDoubted(for: Double(lag + 1) * rest.frameSeconds) }) {
            return .decodeBeginning(seconds: GroupConstants.Rests.step)
        }
        see(allBut: 0, before: rest)
        let known = Self.known(of: rest)
        guard shared.withLock({ $0.policy.rest(known, of: rest.groupSeconds) }) == .look else {
            return .decodeBeginning(seconds: GroupConstants.Rests.step)
        }
        return attempt { () throws(DeepVidError) in
            rest.next?.beginKeyFrame()
            // With the group's own key frame, as neighbours tell what changed.
            _ = try look(at: rest)
            let nextShows = try signAfter(rest) != .nothing
            return shared.withLock { shared in
                guard shared.policy.see(rest: known, keyShows: nextShows) == .pass, let last = shared.last else { return .decode }
                shared.answers[rest.number] = last
                return .pass
            }
        }
    }

    /// What `body` decides; where it fails, that is how the input ends.
    private func attempt(_ body: () throws(DeepVidError) -> GroupDecision) -> GroupDecision {
        do throws(DeepVidError) { return try body() } catch {
            shared.withLock { $0.failure = error }
            return .decode
        }
    }

    package var secondsAhead: Double {
        if isLive { return 0 }
        return shared.withLock {
            $0.policy.looksAhead ? GroupConstants.Quiet.secondsAhead : $0.policy.isCalm ? 2 * GroupConstants.Leaps.longest : 0
        }
    }

    package var wantsNext: Bool { shared.withLock { $0.policy.certainty != nil } }

    package func note(_ group: CodedGroup) {
        let known = Self.known(of: group)
        shared.withLock { $0.policy.note(known) }
        seeAll()
    }

    private static func known(of group: CodedGroup) -> GroupPolicy.Group {
        GroupPolicy.Group(
            profile: profile(of: group), next: group.next.map(profile), canBePassed: group.canBePassed, frames: group.pictures.count,
            start: group.startSeconds)
    }

    private static func profile(of group: CodedGroup) -> QuietLevel.Profile {
        QuietLevel.Profile(
            group.pictures, before: group.picturesBefore, frameSeconds: group.frameSeconds, pixels: group.pixels)
    }

    private func look(at group: CodedGroup) throws(DeepVidError) -> KeyFrameScout.Look? {
        try key(of: group).map { key throws(DeepVidError) in try scout.look(at: key, of: group.number) }
    }

    private func key(of group: CodedGroup) -> Frame? {
        do throws(VideoError) { return try group.keyFrame() } catch { return nil }
    }

    /// Shows the policy the results of the frames that come before a group, but for the last ones.
    private func see(allBut last: Int, before group: CodedGroup) {
        let begin = shared.withLock { $0.seen }, end = group.framesDelivered - last
        guard begin < end else { return }
        let frames = log.frames(from: begin, to: end)
        shared.withLock { shared in
            for frame in frames { shared.policy.see(frame) }
            shared.seen = max(shared.seen, begin + frames.count)
        }
    }

    /// Shows the policy what has come, of live input.
    private func seeAll() {
        let begin = shared.withLock { $0.seen }, frames = log.frames(from: begin)
        shared.withLock { shared in
            for frame in frames { shared.policy.see(frame) }
            shared.seen = begin + frames.count
            for old in shared.answers.keys where old < shared.delivered - 1 { shared.answers[old] = nil }
        }
        log.forget(before: begin + frames.count)
    }

    private func keepState(before group: Int) {
        shared.withLock { shared in
            shared.states[group] = State(
                policy: shared.policy, scout: scout.state, seen: shared.seen, unseen: [], probed: probed)
            // Of groups that are behind what is delivered nobody asks any more.
            for old in shared.states.keys where old < shared.delivered { shared.states[old] = nil }
            for old in shared.answers.keys where old < shared.delivered - 1 { shared.answers[old] = nil }
            log.forget(before: shared.states.values.map(\.seen).min() ?? 0)
        }
    }

    // MARK: The run's threads

    /// Takes the result of each frame, in order.
    func note(_ result: FrameResult) {
        var seen = SeenFrame(time: result.frame.pts ?? 0, isComputed: result.reuse?.reason != .notDecoded)
        switch result.answer {
        case .detections(let objects):
            seen.objects = objects.map(SeenFrame.SeenObject.init)
        case .classes(let classes): seen.best = classes.first?.classID
        default: break
        }
        if !isLive { shared.withLock { $0.last = result } }
        log.add(seen)
    }

    /// Why the source cannot go on.
    var failure: DeepVidError? { shared.withLock { $0.failure } }

    /// The answer that stands for a frame of a group that was passed over.
    func answer(for frame: Frame, index: Int) -> FrameResult? {
        guard let group = frame.group, var answer = shared.withLock({ $0.answers[group] }) else { return nil }
        let isKey = frame.isDecoded
        answer.frame = FrameInfo(frame, index: index)
        if isKey {
            answer.timing.decode = frame.decodeMilliseconds
            // The first key frames are computed in full.
            var reuse = answer.reuse ?? FrameResult.Reuse(policy: policyName, share: 0, reason: .notWorthwhile)
            reuse.policy = policyName
            answer.reuse = policyName == .off ? nil : reuse
        } else {
            answer.frame.decodeMilliseconds = 0
            answer.timing = FrameResult.Timing()
            answer.reuse = FrameResult.Reuse(policy: policyName, share: 1, reason: .notDecoded)
        }
        return answer
    }

    func delivered(_ frame: Frame) {
        guard let group = frame.group else { return }
        shared.withLock { $0.delivered = max($0.delivered, group) }
    }

    /// From which another goes on before `frame`, the key frame that a group begins with; nil if that is not known.
    func state(before frame: Frame) -> State? {
        guard let group = frame.group else { return nil }
        return shared.withLock { shared in
            guard var state = shared.states[group] else { return nil }
            state.unseen = log.frames(from: state.seen)
            return state
        }
    }

    /// From which another connection of a live input goes on.
    var connectionState: State {
        shared.withLock { shared in
            var policy = shared.policy
            for frame in log.frames(from: shared.seen) { policy.see(frame) }
            policy.breakOff()
            return State(policy: policy, scout: scout.state, seen: 0, unseen: [])
        }
    }

    func stop() { log.stop() }

    /// What it came to; complete once reading has ended.
    func summary(_ reading: FrameQueue.Summary) -> DecodeSummary {
        var summary = DecodeSummary()
        var policy = shared.withLock { shared in
            var policy = shared.policy
            for frame in log.frames(from: shared.seen) { policy.see(frame) }
            return policy
        }
        policy.finish()
        policy.fill(&summary)
        summary.frames = reading.framesDecoded
        summary.decodedFrames = reading.framesDecoded - reading.framesLeft
        return summary
    }
}
