import Foundation
import Video

/// What the packets of one input are like while nothing happens, learnt from groups in which nothing was seen.
///
/// A picture's size depends on how it is predicted and on its place in the group, so each is compared with the median of its kind there.
/// Of a group count the largest and the least sum over half a second, the same of the mean (which few large pictures do not move), and the
/// key frame: rate control answers to whoever comes by larger pictures, and then by smaller ones. How much these vary by themselves is
/// learnt as well, so that neither a codec nor its rate control has to be known.
struct QuietLevel: Codable, Sendable, Equatable {
    /// The sizes of a group's pictures.
    struct Profile: Codable, Sendable, Equatable {
        /// Kind and place of each picture, as one number.
        fileprivate var classes: [UInt8]
        /// Binary logarithms of the sizes.
        fileprivate var sizes: [Float]
        /// Pictures that are added up.
        fileprivate var window: Int
        /// Of video.
        let seconds: Double
        /// Of a picture; 0 if that is not known.
        let pixels: Int

        /// - Parameter before: pictures of the group that come before these.
        init(_ pictures: [CodedGroup.Picture], before: Int = 0, frameSeconds: Double, pixels: Int) {
            classes = pictures.enumerated().map { index, picture in
                let place = before + index
                return UInt8(picture.kind.rawValue << 4 | min(15, (place + 1).bitWidth - (place + 1).leadingZeroBitCount - 1))
            }
            sizes = pictures.map { Float(log2(Double(max($0.bytes, 1)))) }
            let wanted = frameSeconds > 0 ? (Constants.windowSeconds / frameSeconds).rounded() : 1
            window = max(Constants.windowPictures, Int(min(wanted, 1000)))
            seconds = frameSeconds * Double(pictures.count)
            self.pixels = pixels
        }

        /// Of pictures.
        var count: Int { sizes.count }

        /// The picture after so many seconds, or the last.
        func place(at time: Double) -> Int { max(0, min(count - 1, pictures(in: time))) }

        /// Pictures in `range`, both ends among them, so many seconds apart at most.
        func places(in range: ClosedRange<Int>, step: Double) -> [Int] {
            Array(stride(from: range.lowerBound, to: range.upperBound, by: max(1, pictures(in: step)))) + [range.upperBound]
        }

        private func pictures(in time: Double) -> Int { seconds > 0 ? Int(time / seconds * Double(count)) : 1 }

        fileprivate var keySize: Float? {
            classes.first.map { $0 >> 4 == UInt8(CodedGroup.Picture.Kind.key.rawValue) } == true ? sizes[0] : nil
        }
    }

    private typealias Constants = GroupConstants.Quiet
    private var profiles: [Profile] = []
    /// Median size of each class; nil where it was not seen.
    private var medians: [Float?] = []
    /// Of each measure, its median over the groups and how far it deviates.
    private var levels: [Level] = []
    /// Mean of the pictures that are no key frames.
    private var usualBytes: Double?
    /// How far a picture's size is from the median of its class, in the mean.
    private var pictureDeviation = 0.0
    private var sinceUpdate = 0
    private var secondsSeen = 0.0

    private struct Level: Codable, Equatable {
        var median: Double
        var deviation: Double
    }

    /// Whether enough was seen to tell.
    var isLearned: Bool { profiles.count >= Constants.leastGroups && secondsSeen >= Constants.leastSeconds }

    /// How far a group is from what is usual, in deviations; infinity for one that cannot be compared.
    func deviation(of profile: Profile) -> Double {
        guard isLearned, let measures = measures(of: profile) else { return .infinity }
        let worst = zip(measures, levels).map { ($0 - $1.median) / $1.deviation }.max() ?? .infinity
        return worst / (1 + Constants.unsureness / Double(profiles.count))
    }

    /// The pictures that make a group unlike what is usual: of the windows that deviate by more than `limit`, from the first picture to the
    /// last that is large for one of its kind; all of them where none is.
    /// - Returns: nil where no window deviates, or the group cannot be compared.
    func stretch(of profile: Profile, beyond limit: Double) -> ClosedRange<Int>? {
        guard isLearned, let windows = windows(of: profile) else { return nil }
        let most = limit * (1 + Constants.unsureness / Double(profiles.count))
        var places = windows.filter { window in
            zip(window.measures, levels).contains { ($0 - $1.median) / $1.deviation > most }
        }.flatMap(\.places)
        if let level = levels.last, let key = keyMeasure(of: profile), (key - level.median) / level.deviation > most { places.append(0) }
        guard let first = places.min(), let last = places.max() else { return nil }
        let large = (first...last).filter { place in
            medians[Int(profile.classes[place])].map { Double(profile.sizes[place] - $0) > Constants.large * pictureDeviation } ?? true
        }
        return (large.first ?? first)...(large.last ?? last)
    }

    /// Bytes by which a picture has to be larger, in the mean of a window, for its group to be so many deviations off; infinity while
    /// that is not known.
    func leastChange(deviations: Double) -> Double {
        guard isLearned, let level = levels.first, let usual = usualBytes else { return .infinity }
        return usual * (exp2(level.median + deviations * level.deviation) - 1)
    }

    /// Takes a group in which nothing was seen.
    mutating func learn(_ profile: Profile) {
        guard !profile.sizes.isEmpty else { return }
        profiles.append(profile)
        secondsSeen += profile.seconds
        while profiles.count > Constants.groups
            || profiles.count > 2 * Constants.leastGroups && profiles.reduce(0, { $0 + $1.sizes.count }) > Constants.pictures
        {
            profiles.removeFirst()
        }
        sinceUpdate += 1
        // What is known already changes little by one group more.
        if sinceUpdate >= max(1, profiles.count / 8) { update() }
    }

    private mutating func update() {
        sinceUpdate = 0
        let bodies = profiles.flatMap { $0.sizes.dropFirst($0.keySize == nil ? 0 : 1) }
        usualBytes = bodies.isEmpty ? nil : bodies.reduce(0.0) { $0 + exp2(Double($1)) } / Double(bodies.count)
        var sizes = [[Float]](repeating: [], count: 256)
        for profile in profiles { for (kind, size) in zip(profile.classes, profile.sizes) { sizes[Int(kind)].append(size) } }
        medians = sizes.map(Self.median)
        let distances = profiles.flatMap { zip($0.classes, $0.sizes).map { [medians] kind, size in abs(size - medians[Int(kind)]!) } }
        pictureDeviation = Double(Self.median(distances) ?? 0) * Constants.deviationOfMedian
        let all = profiles.compactMap { measures(of: $0) }
        guard let first = all.first else { return levels = [] }
        levels = first.indices.map { index in level(of: all.map { $0[index] }, isKey: index == first.count - 1) }
    }

    /// What a measure is like, by those of quiet groups.
    private func level(of values: [Double], isKey: Bool) -> Level {
        let median = Self.median(values)!
        let usual = Self.median(values.map { abs($0 - median) })! * Constants.deviationOfMedian
        // Where a bit rate is held, some groups are always far off.
        let tail = (values.sorted()[Int(Constants.tail * Double(values.count - 1))] - median) / Constants.deviationsOfTail
        if isKey { return Level(median: median, deviation: max(usual, tail, Constants.leastKeyDeviation)) }
        let (few, many) = (deviation(forSmall: Constants.leastChange, median), deviation(forSmall: GroupConstants.Leaps.share, median))
        // Where most groups are alike enough to tell somebody small, those with an insect do not hide him.
        return Level(median: median, deviation: max(usual, usual < many ? min(tail, many) : tail, few, Constants.leastDeviation))
    }

    /// The deviation with which a picture reaches the first limit that is larger by this share of what somebody small costs.
    private func deviation(forSmall share: Double, _ median: Double) -> Double {
        guard let usualBytes, usualBytes > 0, let pixels = profiles.last?.pixels else { return 0 }
        return (log2(1 + share * GroupConstants.smallBytes(pixels: pixels) / usualBytes) - median) / GroupConstants.limits[0]
    }

    /// Greatest sum, least sum (negative), the same of means, and the key frame's size: each against what is usual, in powers of two.
    /// Nil where too many pictures have no like.
    private func measures(of profile: Profile) -> [Double]? {
        guard let windows = windows(of: profile) else { return nil }
        guard !windows.isEmpty else { return [0, 0, 0, 0, keyMeasure(of: profile) ?? 0] }
        return (0..<4).map { measure in windows.map { $0.measures[measure] }.max()! } + [keyMeasure(of: profile) ?? 0]
    }

    private func keyMeasure(of profile: Profile) -> Double? {
        profile.keySize.flatMap { size in medians[Int(profile.classes[0])].map { Double(abs(size - $0)) } }
    }

    /// Pictures that are added up.
    private struct Window {
        var places: ClosedRange<Int>
        /// Their sum, the same negative, their mean, the same negative: each against what is usual.
        var measures: [Double]
    }

    /// Of all pictures but the key frame; nil where too many of them have no like.
    private func windows(of profile: Profile) -> [Window]? {
        guard !medians.isEmpty else { return nil }
        var usual: [(place: Int, size: Float, expected: Float)] = []
        let body = profile.keySize == nil ? 0 : 1
        for index in body..<max(body, profile.sizes.count) {
            if let expected = medians[Int(profile.classes[index])] { usual.append((index, profile.sizes[index], expected)) }
        }
        let count = profile.sizes.count - body
        guard count == 0 || Double(usual.count) >= Constants.known * Double(count) else { return nil }
        guard !usual.isEmpty else { return [] }
        let window = min(profile.window, usual.count)
        var windows: [Window] = [], start = 0
        while true {
            let part = usual[start..<start + window]
            let sum = part.reduce(0.0) { $0 + exp2(Double($1.size)) }, expected = part.reduce(0.0) { $0 + exp2(Double($1.expected)) }
            let mean = part.reduce(0.0) { $0 + Double($1.size - $1.expected) } / Double(window), ratio = log2(sum / expected)
            windows.append(Window(places: part.first!.place...part.last!.place, measures: [ratio, -ratio, mean, -mean]))
            if start + window == usual.count { return windows }
            start = min(start + max(1, window / 2), usual.count - window)
        }
    }

    private static func median<Value: Comparable>(_ values: [Value]) -> Value? {
        values.isEmpty ? nil : values.sorted()[values.count / 2]
    }
}
