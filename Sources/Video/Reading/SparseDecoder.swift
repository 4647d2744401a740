import CFFmpeg

/// Decodes what is needed of an input, and gives a frame for every picture in the order in which they are shown: also for those that
/// were not decoded.
///
/// ```
/// GroupReader ──PacketGroup──▶ forecast: which frames are wanted ──▶ packets that are needed ──▶ StreamDecoder
///                              decider:  is the group passed over          └──▶ frames and what is left out, in order
/// ```
/// Whatever does not count by packets (time stamps that are missing, doubled or jump) is decoded in full from there on.
final class SparseDecoder: GroupwiseDecoder {
    let decoder: StreamDecoder
    private let groups: GroupReader
    /// For single key frames, beside what is being decoded.
    private let keys: KeyFrameDecoder
    private var forecast: FrameForecast
    private weak var decider: (any GroupDecider)?
    /// Packets that are about to be sent.
    private var feed: [Feed] = []
    /// What is to come out, in the order in which it is shown, up to where everything is decoded.
    private var pending: [Pending] = []
    /// The groups that come next, as far as they were read.
    private var ahead: [PacketGroup] = []
    private var isAtEnd = false
    /// Everything is decoded from here on.
    private var isPlain = false
    /// All that was sent is out.
    private var isOut = true
    /// Whether packets were sent since the pictures that others are built on were forgotten, and whether the last group was sent to its end.
    private var hasSent = false
    private var isWhole = true
    /// The last time stamp of the groups that were planned.
    private var lastTime: Int64?
    /// A frame that what is pending comes before.
    private var early: Frame?
    /// The picture that stands where none was decoded.
    private var standing: Frame?
    var framesDelivered = 0
    var framesLeft = 0
    private(set) var deciding: UInt64 = 0
    /// The key frame that was delivered already, where an input is taken up.
    private var resumedKey: Int64?

    private enum Feed {
        case picture(CodedPicture)
        /// The decoder is drained, and begins anew.
        case restart
    }

    private enum Pending {
        case frame(Expected)
        case restart
    }

    private struct Expected {
        var pts: Int64
        var group: Int
        /// Of the picture that stands for it if it does not come out of the decoder.
        var isKey: Bool
        /// How it is marked then; `nil` if it is to come out.
        var missing: Frame.Presence?
        /// The frame of a group's key picture, where that was decoded by itself.
        var key: Frame?
        /// Whether the group was passed over with the picture that stood before it.
        var isUnseen = false
    }

    var timeBase: Rational { decoder.timeBase }
    var interval: Int64 { decoder.interval }
    var hasDecoded: Bool { decoder.hasDecoded || keys.hasDecoded }

    /// - Returns: `nil` for input whose packets do not tell its frames.
    init?(_ decoder: StreamDecoder, options: VideoOptions, forecast: FrameForecast, decider: (any GroupDecider)?) throws(VideoError) {
        guard let groups = GroupReader(decoder) else { return nil }
        (self.decoder, self.groups, self.forecast, self.decider) = (decoder, groups, forecast, decider)
        keys = try KeyFrameDecoder(beside: decoder, options: options)
    }

    // MARK: Beginning

    /// Reads the first group.
    /// - Returns: its key frame; `nil` if the input has to be decoded in full.
    func begin() throws(VideoError) -> Frame? {
        try fill()
        guard let first = ahead.first, first.beginsWithKey, first.isOrdered(after: nil), let key = try keys.keyFrame(of: first) else {
            isPlain = true
            return nil
        }
        standing = key
        return key
    }

    /// The container went to another place: forgets what was read.
    func restart(_ forecast: FrameForecast) {
        decoder.restart()
        groups.restart()
        (self.forecast, feed, pending, ahead, early, lastTime) = (forecast, [], [], [], nil, nil)
        (isAtEnd, isOut, hasSent, isWhole, isPlain, resumedKey) = (false, true, false, true, false, nil)
    }

    /// Reads on to the group that begins with the key frame of this time stamp.
    /// - Returns: the key frame, which is not given again; `nil` if there is none.
    func find(key pts: Int64, within most: Int) throws(VideoError) -> Frame? {
        for _ in 0..<most {
            try fill()
            guard let group = ahead.first else { return nil }
            if group.beginsWithKey, group.pictures[0].pts == pts {
                guard group.isOrdered(after: nil), !group.pictures[0].isHidden, let key = try keys.keyFrame(of: group) else { return nil }
                (standing, resumedKey) = (key, pts)
                return key
            }
            // Also where groups are out of order.
            guard group.times.last.map({ $0 < pts }) ?? true else { return nil }
            ahead.removeFirst()
        }
        return nil
    }

    /// Goes on from the key frame that was found.
    func resume(_ forecast: FrameForecast) { self.forecast = forecast }

    // MARK: Frames

    func next() throws(VideoError) -> Frame? {
        while true {
            if let frame = settle() { return frame }
            if isOut, pending.isEmpty, isAtEnd || decoder.hasGivenUp { return nil }
            if !isOut {
                switch try decoder.receive() {
                case .frame(let frame):
                    early = frame
                    continue
                case .ended:
                    isOut = true
                    continue
                case .needsPacket: break
                }
            }
            try proceed()
        }
    }

    /// Whether nothing is in the decoder, and nothing is to be sent before it begins anew.
    private var isDrained: Bool {
        if case .picture? = feed.first { return false }
        return isOut
    }

    /// Gives what is certain by now: frames in their order.
    private func settle() -> Frame? {
        while let first = pending.first {
            switch first {
            case .restart:
                guard early == nil, isDrained else { return early.take() }
                decoder.flush()
                (hasSent, isOut) = (false, true)
                pending.removeFirst()
                if case .restart? = feed.first { feed.removeFirst() }
            case .frame(let expected):
                if let frame = early, let time = frame.pts, time >= expected.pts {
                    pending.removeFirst()
                    if time == expected.pts, expected.missing == nil {
                        if let frame = give(early.take(), expected) { return frame }
                    } else if expected.missing != nil {
                        if let frame = give(nil, expected) { return frame }
                    } else {
                        // It came to nothing.
                        forecast.hasLost = true
                    }
                } else if early != nil {
                    return early.take()
                } else if expected.missing != nil {
                    pending.removeFirst()
                    if let frame = give(nil, expected) { return frame }
                } else if isDrained {
                    forecast.hasLost = true
                    pending.removeFirst()
                } else {
                    return nil
                }
            }
        }
        return early.take()
    }

    /// The frame as it is delivered: as decoded, or marked as not; `nil` if it was delivered already.
    private func give(_ decoded: Frame?, _ expected: Expected) -> Frame? {
        if let key = expected.key { standing = key }
        if expected.isUnseen { standing?.group = expected.group }
        if expected.pts == resumedKey {
            resumedKey = nil
            return nil
        }
        if var frame = decoded {
            (frame.beginsGroup, frame.group) = (expected.isKey, expected.group)
            return frame
        }
        guard let standing, let presence = expected.missing else { return nil }
        framesLeft += 1
        var frame = presence == .passedKey ? standing : Frame(storage: standing.storage, pts: expected.pts, timeBase: timeBase)
        (frame.presence, frame.beginsGroup, frame.group) = (presence, expected.isKey, standing.group)
        return frame
    }

    /// Sends the next packet, plans the next group, or drains the decoder.
    private func proceed() throws(VideoError) {
        if decoder.hasGivenUp { feed = [] }
        switch feed.first {
        case .picture(let picture):
            feed.removeFirst()
            (hasSent, isOut) = (true, false)
            try decoder.send(picture)
        case .restart:
            // It stays until all is out.
            if hasSent { drain() } else { isOut = true }
        case nil:
            if isAtEnd || decoder.hasGivenUp {
                if hasSent, !isOut { drain() } else { isOut = true }
            } else {
                try plan()
            }
        }
    }

    private func drain() {
        decoder.drain()
        isOut = false
    }

    // MARK: Planning

    /// Packets that are kept for the groups that come after the next one, in bytes: 20 s of 12 Mbit/s.
    private static let mostBytesAhead = 32 << 20

    /// Reads until two groups are known, with a decider a few more, whose key frames can be decoded ahead, or as many as it asks for; or the
    /// end.
    private func fill() throws(VideoError) {
        let seconds = decider?.secondsAhead ?? 0, wanted = decider == nil ? 2 : 2 + KeyFrameThreads.most
        var bytes = ahead.dropFirst().reduce(0) { $0 + $1.bytes }
        while !isAtEnd, ahead.count < 2 || bytes < Self.mostBytesAhead && (ahead.count < wanted || secondsKnown < seconds) {
            guard let group = try groups.next() else { break }
            bytes += group.bytes
            ahead.append(group)
        }
    }

    /// From the group that comes next to the last that was read.
    private var secondsKnown: Double {
        guard let first = ahead.first?.times.first, let last = ahead.last?.times.first else { return .infinity }
        return timeBase.seconds(of: last - first)
    }

    private func plan() throws(VideoError) {
        try fill()
        guard let group = ahead.first else {
            isAtEnd = true
            return
        }
        let following = ahead.count > 1 ? ahead[1] : nil
        guard !isPlain, group.isOrdered(after: lastTime), group.beginsWithKey || isWhole, !forecast.isOff else { return planInFull() }
        let last = group.times.last ?? lastTime
        let canFollow = following.map { $0.isOrdered(after: last) } ?? true
        let isNeededAfter = group.isContinued || !canFollow
        var (passes, isUnseen) = (false, false)
        if let decider {
            let next = canFollow ? chain(from: 1) : following.map { makeGroup($0, next: nil, canBePassed: false) }
            // What the very first key frame refers to may be shown before it.
            let canBePassed =
                !isNeededAfter && !group.pictures[0].isHidden
                && (group.whole != nil || group.beginsWithKey && (group.number > 0 || resumedKey != nil))
            let begin = monotonicNanoseconds()
            let decision = decider.decide(makeGroup(group, next: next, canBePassed: canBePassed))
            deciding += monotonicNanoseconds() - begin
            switch decision {
            case .decode: break
            case .decodeBeginning(let seconds):
                guard canBePassed, let (beginning, rest) = group.divided(after: timeBase.ticks(of: seconds)) else { break }
                ahead[0] = rest
                return decode(beginning, rest, canFollow: true, isNeededAfter: true)
            case .pass: passes = canBePassed
            case .passUnseen: (passes, isUnseen) = (canBePassed, canBePassed && group.whole == nil && standing != nil)
            }
        }
        ahead.removeFirst()
        if isUnseen { return pass(group, nil) }
        if passes, let key = try keys.keyFrame(of: group.whole ?? group) { return pass(group, key) }
        decode(group, following, canFollow: canFollow, isNeededAfter: isNeededAfter)
    }

    /// The groups that were read, from one on, up to the first that does not count by its packets.
    private func chain(from first: Int) -> CodedGroup? {
        var next: CodedGroup?
        let ordered = zip(ahead[first...], ahead[(first - 1)...]).prefix { $0.isOrdered(after: $1.times.last) }.map(\.0)
        for (place, group) in ordered.enumerated().reversed() {
            let isLast = place == ordered.count - 1 && first + ordered.count < ahead.count
            let canBePassed = group.beginsWithKey && !group.isContinued && !group.pictures[0].isHidden && !isLast
            next = makeGroup(group, next: next, canBePassed: canBePassed)
        }
        return next
    }

    private func makeGroup(_ group: PacketGroup, next: CodedGroup?, canBePassed: Bool) -> CodedGroup {
        CodedGroup(group, next: next, canBePassed: canBePassed, delivered: framesDelivered, keys: keys)
    }

    /// Nothing can be told of its frames beforehand, nor of those to come.
    private func planInFull() {
        isPlain = true
        let group = ahead.removeFirst()
        if !isWhole { add(.restart) }
        isWhole = true
        feed += group.pictures.map(Feed.picture)
    }

    private func add(_ marker: Feed) {
        feed.append(marker)
        pending.append(.restart)
    }

    /// - Parameter key: its key frame; `nil` if what was shown before stands for all of it.
    private func pass(_ group: PacketGroup, _ key: Frame?) {
        let begin = beginning(of: group)
        _ = forecast.add(group, from: begin, next: nil, isLast: false)
        if hasSent { add(.restart) }
        for (place, index) in group.shown.enumerated() where place >= begin || index == 0 {
            let isKey = index == 0 && group.beginsWithKey
            pending.append(
                .frame(
                    Expected(
                        pts: group.times[place], group: group.number, isKey: isKey,
                        missing: isKey && key != nil ? .passedKey : .passed,
                        // It stands also for those that are shown before it.
                        key: place == begin || isKey ? key : nil, isUnseen: key == nil)))
        }
        finish(group, isWhole: false)
    }

    private func decode(_ group: PacketGroup, _ following: PacketGroup?, canFollow: Bool, isNeededAfter: Bool) {
        let begin = beginning(of: group)
        var (wanted, wantsLeading) = forecast.add(group, from: begin, next: canFollow ? following : nil, isLast: following == nil)
        if group.pictures.contains(where: \.isCorrupt) || !canFollow { wanted = wanted.map { _ in true } }
        var needed = group.needed(for: wanted, isNeededAfter: isNeededAfter || wantsLeading)
        // What is shown before the key frame needs the group before.
        let leading = Set(isWhole && begin == 0 ? [] : group.shown.prefix(group.leading))
        for index in leading { needed[index] = false }
        if needed.contains(true), !isWhole, hasSent { add(.restart) }
        for (place, index) in group.shown.enumerated() where place >= begin || index == 0 {
            let missing: Frame.Presence? = needed[index] ? nil : leading.contains(index) && decider != nil ? .passed : .leftOut
            pending.append(
                .frame(Expected(pts: group.times[place], group: group.number, isKey: index == 0 && group.beginsWithKey, missing: missing)))
        }
        for (index, picture) in group.pictures.enumerated() where needed[index] { feed.append(.picture(picture)) }
        // The next group refers to none that is shown before this one's key frame.
        let before = Set(group.shown.prefix(group.leading))
        finish(group, isWhole: group.pictures.indices.allSatisfy { needed[$0] || group.pictures[$0].isDisposable || before.contains($0) })
    }

    /// How many of the group's first frames were delivered already.
    private func beginning(of group: PacketGroup) -> Int {
        resumedKey != nil && resumedKey == group.pictures[0].pts ? group.leading + 1 : 0
    }

    private func finish(_ group: PacketGroup, isWhole: Bool) {
        self.isWhole = isWhole
        lastTime = group.times.last ?? lastTime
    }
}
