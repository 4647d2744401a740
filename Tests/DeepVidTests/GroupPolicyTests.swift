import Foundation
import TestSupport
import Testing
import Vision

@testable import DeepVid
@testable import Video

/// Which groups of pictures `--decode active` decodes, with made-up packets and answers.
@Suite struct GroupPolicyTests {
    /// Numbers between -1 and 1, the same in every run.
    private struct Noise {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }
        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(1 << 30) - 1
        }
    }

    /// A group of two seconds at 15 frames a second: a large key frame and small others, which vary by `spread`.
    private func profile(
        _ noise: inout Noise, factor: Double = 1, in places: Range<Int> = 0..<30, spread: Double = 0.05, pixels: Int = Self.pixels
    ) -> QuietLevel.Profile {
        let pictures = (0..<30).map { place in
            let usual = place == 0 ? 20_000.0 : place % 3 == 0 ? 900 : 300
            let bytes = usual * (1 + spread * noise.next()) * (places.contains(place) && place > 0 ? factor : 1)
            return CodedGroup.Picture(kind: place == 0 ? .key : place % 3 == 0 ? .forward : .disposable, bytes: Int(bytes))
        }
        return QuietLevel.Profile(pictures, frameSeconds: 1 / 15, pixels: pixels)
    }

    private func learned(_ noise: inout Noise, groups: Int = 20) -> QuietLevel {
        var level = QuietLevel()
        for _ in 0..<groups { level.learn(profile(&noise)) }
        return level
    }

    // MARK: Quiet level

    @Test func knowsNothingAtFirst() {
        var noise = Noise(1), level = QuietLevel()
        for _ in 0..<3 { level.learn(profile(&noise)) }
        #expect(!level.isLearned)
        #expect(level.deviation(of: profile(&noise)) == .infinity)
        level.learn(profile(&noise))
        #expect(level.isLearned)
    }

    @Test func quietGroupsAreWithinTheLimit() {
        var noise = Noise(2)
        let level = learned(&noise)
        for _ in 0..<200 { #expect(level.deviation(of: profile(&noise)) < GroupConstants.limits[0]) }
    }

    /// A second of pictures that are a third larger, or smaller, is not quiet, wherever it is.
    @Test(arguments: [1.35, 2, 0.7], [1, 8, 15]) func changesAreNoticed(factor: Double, start: Int) {
        var noise = Noise(3)
        let level = learned(&noise)
        #expect(level.deviation(of: profile(&noise, factor: factor, in: start..<start + 15)) > GroupConstants.limits[0])
    }

    /// Pictures of 80 bytes grow by a third for an insect, and by twice as much for somebody small.
    @Test(arguments: [(25, false), (80, true)]) func littleThatIsAddedDoesNotCount(bytes: Int, counts: Bool) {
        func profile(adding bytes: Int) -> QuietLevel.Profile {
            let pictures = (0..<60).map { place in
                let usual = place == 0 ? 9000 : 80 + place % 3
                return CodedGroup.Picture(kind: place == 0 ? .key : .forward, bytes: usual + ((20..<35) ~= place ? bytes : 0))
            }
            return QuietLevel.Profile(pictures, frameSeconds: 1 / 15, pixels: 1280 * 720)
        }
        var level = QuietLevel()
        for _ in 0..<20 { level.learn(profile(adding: 0)) }
        #expect((level.deviation(of: profile(adding: bytes)) > GroupConstants.limits[0]) == counts)
    }

    @Test func otherStructuresCannotBeCompared() {
        var noise = Noise(4)
        let level = learned(&noise)
        let pictures = (0..<30).map { CodedGroup.Picture(kind: $0 == 0 ? .key : .backward, bytes: 500) }
        #expect(level.deviation(of: QuietLevel.Profile(pictures, frameSeconds: 1 / 15, pixels: Self.pixels)) == .infinity)
    }

    /// When it gets dark, pictures get larger for good: after some groups that is what is usual.
    @Test func followsWhatIsUsual() {
        var noise = Noise(5), level = learned(&noise, groups: 64)
        #expect(level.deviation(of: profile(&noise, factor: 3)) > GroupConstants.limits[0])
        for _ in 0..<64 { level.learn(profile(&noise, factor: 3)) }
        #expect(level.deviation(of: profile(&noise, factor: 3)) < GroupConstants.limits[0])
        #expect(level.deviation(of: profile(&noise)) > GroupConstants.limits[0])
    }

    // MARK: Policy

    /// Goes through groups of 30 frames. `objects` are seen in frames that are decoded; `keys` are groups whose key frame shows them.
    private func run(
        groups: Int, target: Double = 0.99, objects: (Int) -> Bool = { _ in false }, loud: (Int) -> Bool = { _ in false },
        keys: (Int) -> Bool = { _ in false }
    ) -> (steps: [GroupPolicy.Step], policy: GroupPolicy) {
        var policy = GroupPolicy(target: target, score: 0.5, trackBuffer: 1), noise = Noise(7), steps: [GroupPolicy.Step] = []
        let profiles = (0...groups).map { profile(&noise, factor: loud($0) ? 3 : 1) }
        for number in 0..<groups {
            let group = GroupPolicy.Group(
                profile: profiles[number], next: number + 1 < groups ? profiles[number + 1] : nil, canBePassed: number > 0, frames: 30,
                start: 2 * Double(number))
            var step = policy.begin(group, hasLast: false)
            if step == .seeLast { step = policy.begin(group, hasLast: true) }
            if step == .look { step = policy.see(group, keysShow: keys(number) || keys(number + 1)) }
            if step == .probe { step = policy.see(probed: group, shows: objects(number)) }
            steps.append(step)
            for frame in 0..<30 {
                let sees = step == .decode && objects(number)
                let box = Box(x: 10 + Float(frame), y: 10, width: 50, height: 100)
                policy.see(
                    SeenFrame(
                        time: 2 * Double(number) + Double(frame) / 15, objects: sees ? [.init(classID: 0, score: 0.9, box: box)] : [],
                        isComputed: step == .decode))
            }
        }
        policy.finish()
        return (steps, policy)
    }

    private func summary(_ policy: GroupPolicy) -> DecodeSummary {
        var summary = DecodeSummary()
        policy.fill(&summary)
        return summary
    }

    @Test func aQuietNightIsPassedOver() {
        let (steps, policy) = run(groups: 400), summary = summary(policy)
        #expect(steps.count { $0 == .pass } > 350)
        #expect(summary.groups == 400)
        #expect(summary.decodedGroups == steps.count { $0 == .decode })
        #expect(summary.drawnGroups > 5)
        #expect(summary.objects == nil)
        #expect(summary.limit == GroupConstants.limits[0])
    }

    @Test func whatPacketsShowIsDecoded() {
        let (steps, _) = run(groups: 100, objects: { $0 == 50 }, loud: { $0 == 50 })
        #expect(steps[50] == .decode)
        // Somebody is followed for a second after that.
        #expect(steps[51] == .decode)
    }

    @Test func whatAKeyFrameShowsIsDecodedOnBothSides() {
        let (steps, _) = run(groups: 100, keys: { $0 == 50 })
        #expect(steps[49] == .decode)
        #expect(steps[50] == .decode)
    }

    /// An insect, or a lamp far away: packets are unlike quiet ones, and the model sees nothing there.
    @Test func unusualPacketsInWhichNothingShowsAreNotDecoded() {
        let (steps, policy) = run(groups: 100, loud: { $0 > 20 && $0 % 10 == 5 }), summary = summary(policy)
        #expect(steps.count { $0 == .pass } > 80)
        #expect(!summary.reasons.contains { $0.reason == "sizes" })
    }

    // MARK: Frames within groups

    /// The places of pictures that are a third of a second apart and more, and both ends.
    @Test func placesAreAtMostAStepApart() {
        var noise = Noise(20)
        let profile = profile(&noise)
        #expect(profile.places(in: 10...20, step: 0.5) == [10, 17, 20])
        #expect(profile.places(in: 4...4, step: 0.5) == [4])
        #expect(profile.places(in: 0...29, step: 0) == Array(0...29))
        #expect(profile.place(at: 1) == 15)
        #expect(profile.place(at: 100) == 29)
    }

    /// From the first to the last picture that is large.
    @Test func theUnusualStretchIsFound() {
        var noise = Noise(21)
        let level = learned(&noise), limit = GroupConstants.limits[0]
        #expect(level.stretch(of: profile(&noise), beyond: limit) == nil)
        #expect(level.stretch(of: profile(&noise, factor: 3, in: 12..<22), beyond: limit) == 12...21)
        // Smaller ones: the windows that they are in.
        let smaller = level.stretch(of: profile(&noise, factor: 0.5, in: 14..<24), beyond: limit)
        #expect(smaller.map { $0.lowerBound <= 14 && $0.upperBound >= 23 } ?? false, "\(String(describing: smaller))")
    }

    private func probes(
        _ policy: GroupPolicy, factor: Double = 1, in places: Range<Int> = 0..<30, own: Bool = false, next: Bool = false,
        pixels: Int = Self.pixels
    ) -> [Int]? {
        var noise = Noise(22)
        let group = GroupPolicy.Group(
            profile: profile(&noise, factor: factor, in: places, pixels: pixels), next: nil, canBePassed: true, frames: 30, start: 120)
        return policy.probes(of: group, ownChanged: own, nextChanged: next)
    }

    /// Where packets would show people, only where they do; otherwise from the key frame on. After a key frame that changed, for a second.
    @Test func framesAreLookedAtWhereTheyMayShow() {
        let policy = run(groups: 60).policy, few = 320 * 240
        #expect(probes(policy, factor: 3, in: 12..<22) == [12, 19, 21])
        #expect(probes(policy, factor: 3, in: 12..<22, pixels: few) == [7, 14, 21])
        #expect(probes(policy, own: true) == [7, 14, 15])
        #expect(probes(policy, next: true) == [])
        #expect(probes(policy, next: true, pixels: few) == [7, 14, 21, 28, 29])
    }

    @Test func whatIsSeenWithinAGroupIsDecoded() {
        var policy = run(groups: 60).policy, noise = Noise(23)
        let group = GroupPolicy.Group(profile: profile(&noise, factor: 3), next: nil, canBePassed: true, frames: 30, start: 120)
        #expect(policy.begin(group, hasLast: false) == .probe)
        #expect(policy.see(probed: group, shows: true) == .decode)
        #expect(summary(policy).reasons.first { $0.reason == "sizes" }?.groups == 1)
    }

    /// Where those that are looked at always show something, decoding without is better: only once others were passed over again.
    @Test func looksWithinGroupsInVainAreGivenUp() {
        var policy = run(groups: 60).policy, noise = Noise(24), looks: [Int] = []
        for number in 60..<160 {
            let isLoud = number < 110 || number % 3 > 0
            let group = GroupPolicy.Group(
                profile: profile(&noise, factor: isLoud ? 6 : 1), next: nil, canBePassed: true, frames: 30, start: 2 * Double(number))
            switch policy.begin(group, hasLast: true) {
            case .probe:
                looks.append(number)
                policy.note(probe: true)
                #expect(policy.see(probed: group, shows: true) == .decode)
            case .look: _ = policy.see(group, keysShow: false)
            default: break
            }
        }
        #expect(looks.count(where: { $0 < 110 }) == 1, "\(looks)")
        #expect((1...2).contains(looks.count(where: { $0 >= 110 })), "\(looks)")
        policy.note(probe: false)
        #expect(probes(policy, own: true) != nil)
    }

    /// Nor at the beginning, before it is known whether the input has quiet groups.
    @Test func looksWithinGroupsNeedQuietOnesBefore() {
        var policy = run(groups: 8).policy, noise = Noise(28)
        let group = GroupPolicy.Group(profile: profile(&noise, factor: 6), next: nil, canBePassed: true, frames: 30, start: 16)
        #expect(policy.begin(group, hasLast: true) == .decode)
        #expect(probes(policy, own: true) == nil)
    }

    // MARK: Learning from groups ahead

    private func ahead(_ policy: GroupPolicy, groups: Int = 15, factor: (Int) -> Double = { _ in 1 }) -> GroupPolicy {
        var policy = policy, noise = Noise(25)
        let groups = (1...groups).map { number in
            GroupPolicy.Group(
                profile: profile(&noise, factor: factor(number)), next: nil, canBePassed: true, frames: 30, start: 2 * Double(number))
        }
        policy.learn(ahead: groups)
        return policy
    }

    /// Then none is decoded to learn from it.
    @Test func groupsAheadTeach() {
        let policy = run(groups: 1).policy
        #expect(policy.certainty == .learning)
        #expect(ahead(policy).certainty == nil)
        #expect(ahead(policy, groups: 3).certainty == .learning, "too few")
    }

    /// One that is unlike the others is not what is usual.
    @Test func whatIsUnlikeTheOthersAheadIsNotLearned() {
        var policy = ahead(run(groups: 1).policy, factor: { $0 == 7 ? 4 : 1 }), noise = Noise(29)
        #expect(policy.certainty == nil)
        let loud = GroupPolicy.Group(profile: profile(&noise, factor: 4), next: nil, canBePassed: true, frames: 30, start: 14)
        #expect(policy.begin(quiet(2..<3, &noise)[0], hasLast: true) == .look)
        #expect(policy.begin(loud, hasLast: true) == .decode)
    }

    /// What was learned ahead is not learned again when it comes.
    @Test func whatWasLearnedAheadCountsOnce() throws {
        var policy = ahead(run(groups: 1).policy), noise = Noise(26)
        func known(_ policy: GroupPolicy) throws -> Int {
            let text = try String(decoding: JSONEncoder().encode(policy), as: UTF8.self)
            return text.components(separatedBy: "\"window\"").count - 1
        }
        let before = try known(policy)
        for number in 1..<15 {
            _ = policy.begin(quiet(number..<number + 1, &noise)[0], hasLast: true)
            policy.see(SeenFrame(time: 2 * Double(number), objects: [], isComputed: false))
        }
        policy.finish()
        #expect(try known(policy) == before)
    }

    /// Looking ahead costs key frames: at the first groups, and then ever more seldom.
    @Test func looksAheadEverMoreSeldom() {
        var policy = GroupPolicy(target: 0.99, score: 0.5, trackBuffer: 1), noise = Noise(27), looks: [Int] = []
        for number in 0..<40 {
            if policy.looksAhead { looks.append(number) }
            let group = GroupPolicy.Group(profile: profile(&noise), next: nil, canBePassed: true, frames: 30, start: 2 * Double(number))
            _ = policy.begin(group, hasLast: true)
            let box = Box(x: Float(10 * number), y: 10, width: 50, height: 100)
            policy.see(SeenFrame(time: 2 * Double(number), objects: [.init(classID: 0, score: 0.9, box: box)], isComputed: true))
        }
        #expect(looks == [1, 3, 7, 15, 31])
    }

    // MARK: Key frames that are not looked at

    /// So many that the profiles' pictures, of 500 bytes in the mean, would show somebody small.
    private static let pixels = 1920 * 1080

    private func quiet(
        _ numbers: Range<Int>, _ noise: inout Noise, factor: Double = 1, pixels: Int = Self.pixels
    ) -> [GroupPolicy.Group] {
        numbers.map {
            GroupPolicy.Group(
                profile: profile(&noise, factor: factor, pixels: pixels), next: nil, canBePassed: true, frames: 30, start: 2 * Double($0))
        }
    }

    /// As far as packets are quiet and the longest leap reaches.
    @Test func quietGroupsAreReachedOver() {
        let policy = run(groups: 60).policy
        var noise = Noise(13)
        var groups = quiet(60..<90, &noise)
        let reach = policy.reach(of: groups[0], followedBy: Array(groups.dropFirst()))
        #expect(reach > 3)
        #expect(2 * Double(reach) <= GroupConstants.Leaps.longest)
        groups[2] = quiet(62..<63, &noise, factor: 3)[0]
        #expect(policy.reach(of: groups[0], followedBy: Array(groups.dropFirst())) == 2)
        groups[1].canBePassed = false
        #expect(policy.reach(of: groups[0], followedBy: Array(groups.dropFirst())) == 1)
        #expect(policy.reach(of: groups[0], followedBy: []) == 1)
    }

    /// Where somebody small costs hundreds of times what packets vary by, a leap is longer than where it is just beyond the limit.
    @Test func clearPacketsAreReachedOverFurther() {
        let policy = run(groups: 60).policy
        var noise = Noise(13)
        let groups = quiet(60..<99, &noise), large = quiet(60..<99, &noise, pixels: 1000 * Self.pixels)
        let far = policy.reach(of: large[0], followedBy: Array(large.dropFirst()))
        let near = policy.reach(of: groups[0], followedBy: Array(groups.dropFirst()))
        #expect(2 * Double(far) > GroupConstants.Leaps.seconds)
        #expect(near <= far)
    }

    /// What is begun ahead is what is looked at then: the ends of leaps where key frames are left out, every key frame where they are not.
    @Test func looksAreForeseen() {
        let calm = run(groups: 60).policy
        var noise = Noise(13)
        let groups = quiet(60..<170, &noise)
        let places = calm.expectedLooks(of: groups)
        #expect(places.count > 1)
        for (place, next) in zip(places, places.dropFirst()) {
            #expect(next - place == calm.reach(of: groups[place], followedBy: Array(groups[(place + 1)...])))
        }
        for pixels in [320 * 240, 0] { #expect(calm.expectedLooks(of: quiet(60..<170, &noise, pixels: pixels)) == [0, 1, 2, 3]) }
        let stirred = run(groups: 60, keys: { $0 == 58 }).policy
        #expect(stirred.expectedLooks(of: groups).allSatisfy { $0 <= GroupConstants.Leaps.looks })
        #expect(run(groups: 5).policy.expectedLooks(of: groups).count <= 2)
    }

    /// Frames within the next groups with unusual packets are begun ahead, and none where nobody would look at them.
    @Test func probesAreForeseen() {
        let calm = run(groups: 60).policy
        var noise = Noise(13)
        var groups = quiet(60..<80, &noise)
        #expect(calm.expectedProbes(of: groups).isEmpty)
        for place in [3, 7, 9] { groups[place] = quiet(60 + place..<61 + place, &noise, factor: 3)[0] }
        let probes = calm.expectedProbes(of: groups)
        #expect(probes.map(\.group) == [3, 7])
        for probe in probes {
            let frames = calm.probes(of: groups[probe.group], ownChanged: false, nextChanged: false)
            #expect(probe.frames == frames)
        }
        #expect(run(groups: 5).policy.expectedProbes(of: groups).isEmpty)
    }

    /// Of a small picture, 150 bytes more would be somebody: packets that vary by as much do not tell.
    @Test func whereNoiseHidesPeopleAllKeyFramesAreLookedAt() {
        let policy = run(groups: 60).policy
        var noise = Noise(16)
        let groups = quiet(60..<90, &noise, pixels: 320 * 240)
        #expect(policy.reach(of: groups[0], followedBy: Array(groups.dropFirst())) == 1)
    }

    /// Not before several key frames showed nothing, nor just after one that did.
    @Test func onlyTheCalmReachFar() {
        var noise = Noise(14)
        let groups = quiet(60..<90, &noise)
        for policy in [run(groups: 5).policy, run(groups: 60, keys: { $0 == 58 }).policy] {
            #expect(!policy.isCalm)
            #expect(policy.reach(of: groups[0], followedBy: Array(groups.dropFirst())) == 1)
        }
    }

    /// What was reached over needs no looks, until packets are unusual.
    @Test(arguments: [false, true]) func coveredGroupsArePassed(isLoud: Bool) {
        var policy = run(groups: 60).policy, noise = Noise(15), steps: [GroupPolicy.Step] = []
        policy.leap(over: 6)
        for number in 60..<66 {
            let group = quiet(number..<number + 1, &noise, factor: isLoud && number == 62 ? 3 : 1)[0]
            steps.append(policy.begin(group, hasLast: true))
        }
        let passed = steps.count { $0 == .passUnseen }
        if isLoud {
            #expect(steps[2] == .probe)
        } else {
            #expect(steps.last == .look)
            #expect(passed >= 4, "drawn: \(5 - passed)")
        }
    }

    // MARK: Rests

    /// A policy that has had 40 quiet groups and the beginning of another, 15 frames of a second; and the group's rest.
    /// - Parameter score: of an object in the frames of `places`.
    private func divided(score: Float? = nil, in places: Range<Int> = 0..<15, factor: Double = 1)
        -> (policy: GroupPolicy, rest: GroupPolicy.Group, start: Double)
    {
        var policy = run(groups: 40).policy, noise = Noise(11)
        let start = 80.0
        let group = GroupPolicy.Group(profile: profile(&noise, factor: 3), next: nil, canBePassed: true, frames: 30, start: start)
        #expect(policy.begin(group, hasLast: true) == .probe)
        #expect(policy.see(probed: group, shows: true) == .decode)
        let isDivided = policy.dividesGroup(nextKeyShows: false)
        #expect(isDivided)
        for frame in 0..<15 {
            var objects: [SeenFrame.SeenObject] = []
            if let score, places.contains(frame) {
                objects = [.init(classID: 0, score: score, box: Box(x: Float(10 + 3 * frame), y: 10, width: 50, height: 100))]
            }
            policy.see(SeenFrame(time: start + Double(frame) / 15, objects: objects, isComputed: true))
        }
        let pictures = (15..<30).map { place in
            CodedGroup.Picture(
                kind: place % 3 == 0 ? .forward : .disposable, bytes: Int((place % 3 == 0 ? 900 : 300) * factor))
        }
        let rest = GroupPolicy.Group(
            profile: QuietLevel.Profile(pictures, before: 15, frameSeconds: 1 / 15, pixels: Self.pixels), next: nil, canBePassed: true,
            frames: 15,
            start: start + 1)
        // The last frame of the beginning, as it were.
        policy.see(SeenFrame(time: start + 1, objects: [], isComputed: true))
        return (policy, rest, start)
    }

    @Test func aQuietRestIsLookedAt() {
        let (policy, rest, start) = divided()
        #expect(policy.rest(rest, of: start) == .look)
    }

    /// Doubtful objects, packets that stay unusual, and a group without an end keep decoding.
    @Test func aRestThatIsNotQuietIsDecoded() {
        for score in [Float(0.2), 0.9] {
            let (policy, rest, start) = divided(score: score, in: 5..<8)
            #expect(policy.rest(rest, of: start) == .decode)
        }
        let (policy, rest, start) = divided(factor: 3)
        #expect(policy.rest(rest, of: start) == .decode)
        var (another, endless, _) = divided()
        endless.canBePassed = false
        #expect(another.rest(endless, of: start) == .decode)
        #expect(another.see(rest: rest, keyShows: true) == .decode)
    }

    /// Rests are drawn as whole groups are, and what shows in a drawn one counts as missed.
    @Test func restsAreDrawn() {
        var (policy, rest, _) = divided(), drawn = 0
        while drawn == 0 {
            let before = summary(policy).drawnGroups
            guard policy.see(rest: rest, keyShows: false) == .decode else {
                rest.start += 2
                continue
            }
            #expect(summary(policy).drawnGroups == before + 1)
            drawn += 1
        }
        for frame in 0..<15 {
            let object = SeenFrame.SeenObject(classID: 0, score: 0.9, box: Box(x: Float(10 + frame), y: 10, width: 50, height: 100))
            policy.see(SeenFrame(time: rest.start + Double(frame) / 15, objects: [object], isComputed: true))
        }
        policy.finish()
        #expect(summary(policy).objects!.estimate < 0.5)
    }

    /// Where rests are never passed over, groups are divided ever more seldom.
    @Test func divisionsInVainAreGivenUp() {
        var policy = run(groups: 40).policy, noise = Noise(12), divisions = 0
        for number in 40..<140 {
            let group = GroupPolicy.Group(
                profile: profile(&noise, factor: 3), next: nil, canBePassed: true, frames: 30, start: 2 * Double(number))
            let step = policy.begin(group, hasLast: true)
            #expect(step == .decode || step == .probe && policy.see(probed: group, shows: true) == .decode)
            if policy.dividesGroup(nextKeyShows: false) { divisions += 1 }
            for frame in 0..<30 {
                let object = SeenFrame.SeenObject(classID: 0, score: 0.9, box: Box(x: Float(10 + frame), y: 10, width: 50, height: 100))
                policy.see(SeenFrame(time: 2 * Double(number) + Double(frame) / 15, objects: [object], isComputed: true))
            }
        }
        #expect((5...15).contains(divisions), "\(divisions)")
    }

    /// Where every key frame shows something, looking at them is given up for a while.
    @Test func looksSeldomWhereKeyFramesAlwaysShow() {
        var policy = GroupPolicy(target: 0.99, score: 0.5, trackBuffer: 1), noise = Noise(8), looks = 0
        for number in 0..<200 {
            let group = GroupPolicy.Group(
                profile: profile(&noise), next: nil, canBePassed: number > 0, frames: 30, start: 2 * Double(number))
            if policy.begin(group, hasLast: true) == .look {
                looks += 1
                #expect(policy.see(group, keysShow: true) == .decode)
            }
            for frame in 0..<30 { policy.see(SeenFrame(time: 2 * Double(number) + Double(frame) / 15, objects: [], isComputed: true)) }
        }
        #expect((5...60).contains(looks))
    }

    /// Objects that neither packets nor key frames tell of: drawn groups find them, and at last everything is decoded.
    @Test func givesUpWhereItMisses() {
        let (steps, policy) = run(groups: 1000, objects: { $0 > 20 && $0 % 5 == 0 }), summary = summary(policy)
        #expect(summary.limit == nil)
        #expect(steps.suffix(100).allSatisfy { $0 == .decode })
        #expect(summary.reasons.contains { $0.reason == "target_not_held" })
    }

    @Test func aTargetOfNothingIsAlwaysHeld() {
        let (_, policy) = run(groups: 1000, target: 0, objects: { $0 > 20 && $0 % 5 == 0 }), summary = summary(policy)
        #expect(summary.limit == GroupConstants.limits[0])
        #expect(summary.objects!.estimate < 0.9)
    }

    @Test func aCheckpointIsTheWholeState() throws {
        let (_, policy) = run(groups: 60)
        let again = try JSONDecoder().decode(GroupPolicy.self, from: JSONEncoder().encode(policy))
        #expect(try JSONEncoder.sorted.encode(again) == JSONEncoder.sorted.encode(policy))
    }

    // MARK: Estimates

    @Test func intervalsOfSharesAreClopperPearsons() {
        // R: binom.test(0, 20), binom.test(3, 40), binom.test(10, 10).
        for (count, trials, low, high) in [(0, 20, 0.0, 0.16843), (3, 40, 0.01574, 0.20386), (10, 10, 0.69150, 1.0)] {
            let interval = RecallEstimate.clopperPearson(count, of: trials)
            #expect(abs(interval.lowerBound - low) < 1e-4, "\(count) of \(trials): \(interval)")
            #expect(abs(interval.upperBound - high) < 1e-4, "\(count) of \(trials): \(interval)")
        }
    }

    /// Over many made-up nights the estimate is right in the mean, and the interval has the truth in nine of ten.
    @Test(arguments: [0.0, 0.02, 0.1]) func estimatesAreRight(missing: Double) {
        var noise = Noise(9), sum = 0.0, truths = 0.0, variance = 0.0, covered = 0
        for _ in 0..<300 {
            var estimate = RecallEstimate(), missed = 0
            estimate.find(400)
            for candidate in 1...600 {
                let count = (noise.next() + 1) / 2 < missing ? 1 + Int(10 * (noise.next() + 1)) : 0
                let probability = max(GroupConstants.Draws.share, GroupConstants.Draws.early(candidate))
                variance += Double(count * count) * (1 - probability) / probability
                if (noise.next() + 1) / 2 < probability {
                    estimate.find(count)
                    estimate.draw(missed: count, probability: probability)
                } else {
                    estimate.pass()
                    missed += count
                }
            }
            let truth = Double(estimate.found) / Double(estimate.found + missed)
            sum += Double(estimate.missed)
            truths += Double(missed)
            if estimate.interval(typical: 10)!.contains(truth) { covered += 1 }
        }
        #expect(abs(sum - truths) <= 3 * variance.squareRoot())
        #expect(covered >= 270)
    }
}

extension JSONEncoder {
    fileprivate static var sorted: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return encoder
    }
}
