/// Every number that `--decode active` was given, in one place. Sizes are in powers of two: 0.1 is 7 %.
///
/// `benchmarks/results/2026-11-29-nights.md` has what they came to, and which of them were chosen by which nights.
enum GroupConstants {
    /// What packets are like while nothing happens (`QuietLevel`).
    enum Quiet {
        /// Groups, and seconds of video, that are looked at before any is passed over.
        static let leastGroups = 4
        static let leastSeconds = 8.0
        /// Groups that are looked back upon, and pictures of them at most: scenes change.
        static let (groups, pictures) = (64, 4000)
        /// Sizes are added up over this long, in seconds, and at least so many pictures: an object that crosses the picture is in it for
        /// longer, and a pyramid of 16 pictures is in it whole.
        static let (windowSeconds, windowPictures) = (0.5, 16)
        /// Seconds of groups to come that are looked at once, so that the first need not be decoded to learn from them: their packets have to be
        /// alike, and their key frames to show no object. Seven groups of 4 s were 0.6 s of the 5.7 s that a night of 30 minutes took.
        static let secondsAhead = 30.0
        /// Share of the limit within which a group is like the others ahead, and how much of them has to be.
        static let (alike, mostAlike) = (0.5, 0.5)
        /// Standard deviations from which a single picture is a large one.
        static let large = 3.0
        /// Share of a group's pictures whose place is known, from which it can be compared.
        static let known = 0.75
        /// Least deviation that counts as one, of sums and means of sizes, and of a key frame's.
        static let (leastDeviation, leastKeyDeviation) = (0.04, 0.05)
        /// The least change of the pictures of half a second that counts, as a share of what somebody small costs (`smallBytes`): insects in lamplight add
        /// 15 to 60 bytes to HEVC pictures of 80, of 1280×720; four visitors 98 to 173 in their least half second, 1304 to 2014 in their largest.
        static let leastChange = 1.0 / 3
        /// From the median absolute deviation to a standard deviation.
        static let deviationOfMedian = 1.48
        /// The greatest tenth of what quiet groups measure, and where that begins in standard deviations of a normal distribution: what one
        /// quiet group in ten is like is no reason to decode.
        static let (tail, deviationsOfTail) = (0.9, 1.28)
        /// Few groups know little: deviations count as less by this over their number.
        static let unsureness = 4.0
    }

    /// Bytes that somebody small adds to a picture at least: 112 of 1280×720, where a person of 40×80 pixels is a dozen macroblocks. Where noise makes
    /// packets of kilobytes, whoever comes is seen on key frames only. Measured (x265, CRF 28 and 34): in five of six visits people 60 and 80 pixels
    /// high add 137 to 652 in the half second in which most of them moves; somebody who hardly moves, 10 to 58.
    static func smallBytes(pixels: Int) -> Double { Double(pixels) / 8192 }

    /// Deviations from which a group is decoded: the level gives way from one to the next when something was missed.
    static let limits = [5.0, 3.5, 2.5, 1.5, 0.8]

    /// Drawing groups that would be passed over.
    enum Draws {
        /// Of the groups, in the long run. Decoding and computing a group of four seconds costs 0.1 s of the 4 s that a night of 30 minutes in
        /// HEVC takes: these and the early ones are a fifth of them.
        static let share = 0.01
        /// With which the n-th is drawn until then: the first for certain.
        static func early(_ number: Int) -> Double { 1 / Double(2 * number - 1) }
        static let seed: UInt64 = 0x6465_6570_7669_6431
        /// Groups whose draw is remembered, for events that end after them.
        static let memory = 8
    }

    /// Objects that rest (`RestingObjects`).
    enum Rest {
        /// For how long an object has to be in its place, in seconds, and in which share of the frames.
        static let (seconds, presence) = (4.0, 0.8)
        /// Weight of the newest frame in that share, and the share from which on a place is forgotten.
        static let (weight, leastPresence) = (0.05, 0.02)
        /// Least IoU with the first box.
        static let overlap: Float = 0.75
        /// Objects that are remembered at most.
        static let most = 64
    }

    /// Seconds that a track has to last to count as an event.
    static let eventSeconds = 1.0
    /// Mean |difference| of a block between key frames, in levels of 8 bits, that noise and changes of light do not make.
    static let changedLevel: Float = 10
    /// Groups whose key frames show something, one after the other: something that passes, such as an insect, makes a `short` run; from then on
    /// one group more each time is decoded without looking, up to `longest` or to so many frames: a look costs what six frames do, of which
    /// two in a hundred are to be lost where something is always to be seen.
    enum Runs {
        static let (short, longest, frames) = (2, 3, 300)
    }
    /// Key frames that were looked at.
    enum Looks {
        /// Of so many what they show is kept: as many groups as are looked at ahead.
        static let kept = 40
        /// Frames that are computed in full before activations are kept from one to the next. These take 10 MB, which the system has to clear first: 5 to
        /// 50 ms, for nothing where something is always to be seen and looking is given up.
        static let beforeReuse = 8
        /// Key frames that are decoded ahead of the one that is looked at, with that one: decoding one takes as long as looking at three.
        static let ahead = 4
    }
    /// Frames within groups that are looked at (`GroupPolicy.probes`), where packets or a changed key frame give reason to decode, and no object.
    enum Probes {
        /// From one to the next, in seconds: nobody who counts as an event is between two of them.
        static let step = 0.5
        /// Seconds of a group that are looked at where its key frame has changed.
        static let beginning = 1.0
        /// Share of the blocks that may have changed: insects do that, and not what moves, where nothing is expected of looking.
        static let mostChanged = 0.1
        /// Groups that have to be passed over before one is probed, at first and after one that was probed in vain; twice as many after the next,
        /// up to so many times in a row. Where there is always somebody, probes are decoded twice: three in the eight groups of
        /// person-bicycle-car made it a third slower. The nights have two visitors in 180 to 450 groups.
        static let (leastPassed, mostVain) = (8, 4)
        /// Groups that are probed whose frames are decoded ahead, and pixels of these frames of one group at most: 32 MB of YUV 4:2:0.
        static let (ahead, mostPixelsAhead) = (2, 22_000_000)
    }
    /// Key frames that are not looked at, as the one after them shows nothing.
    enum Leaps {
        /// Key frames in a row that showed nothing.
        static let looks = 2
        /// From the key frame before to the one after, at most: who comes and goes meanwhile is seen by packets only. The second where
        /// somebody small would cost so much that packets alone are enough (`share`).
        static let (seconds, longest) = (20.0, 60.0)
        /// Share of the limit up to which the groups' packets may deviate; all of it, where that stands for no more than this share of the
        /// bytes that somebody small costs: 33 of 110 in the night in HEVC, of which one group in eighteen is between 2.5 and 5.
        static let share = 0.5
    }
    /// Rests of groups whose beginning was decoded.
    enum Rests {
        /// Seconds that are decoded before the rest is looked at, and each time after that it was not quiet.
        static let (beginning, step) = (1.25, 0.5)
        /// Seconds for which nothing has been seen, not even a doubtful object, before it is passed over.
        static let quiet = 1.0
        /// Groups that are not divided, at most, after as many divisions in vain that their number doubles.
        static let mostUndivided = 15
    }

    /// Seconds by which times may go back without the clock being another: frames of one stream come in order.
    static let mostDisorder = 1.0
    /// Results that wait for a source that asks for none any more.
    static let mostResults = 1 << 14
}
