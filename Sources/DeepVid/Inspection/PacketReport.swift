import Models
import Video

/// What the packets of a file tell of it without being decoded, as `--decode active` sees them.
public struct PacketReport: Sendable {
    /// The sizes of one kind of picture, in bytes.
    public struct Kind: Sendable {
        public let kind: CodedGroup.Picture.Kind
        public let pictures: Int
        /// Of twenty pictures, one is smaller than `low` and one larger than `high`.
        public let low, median, high: Int

        init?(_ kind: CodedGroup.Picture.Kind, _ sizes: [Int32]) {
            guard !sizes.isEmpty else { return nil }
            let sorted = sizes.sorted()
            func at(_ share: Double) -> Int { Int(sorted[Int(share * Double(sorted.count - 1))]) }
            (self.kind, pictures, low, median, high) = (kind, sizes.count, at(0.05), at(0.5), at(0.95))
        }
    }

    /// A group of pictures, from a key frame up to the next. Times are in seconds of the input.
    public struct Group: Sendable {
        public var start, seconds: Double
        public var pictures: Int
        /// Of the key frame; nil for a group that begins without one.
        public var keyBytes: Int?
        /// Of another picture, in the mean; nil where there are none.
        public var meanBytes: Double?
        /// How far its sizes are from those of the quiet groups before it, in standard deviations; nil while too few are known.
        public var deviation: Double?
    }

    /// Half a second or more.
    public struct Stretch: Sendable {
        public var start, seconds: Double
        /// Of a picture that is no key frame, in the mean; nil where there are none.
        public var meanBytes: Double?
    }

    public let info: StreamInfo
    public private(set) var kinds: [Kind] = []
    public private(set) var groups: [Group] = []
    public private(set) var stretches: [Stretch] = []
    /// The deviation from which `--decode active` decodes a group, while it misses nothing.
    public var limit: Double { GroupConstants.limits[0] }
    /// Groups whose sizes are like those of quiet ones: the share that can be passed over at most, 0…1.
    public var quietShare: Double {
        groups.isEmpty ? 0 : Double(groups.count { $0.deviation.map { $0 <= limit } ?? false }) / Double(groups.count)
    }

    /// - Parameter isBusy: whether something is known to be in a stretch of time, so that its packets are not those of a quiet scene. Without
    ///   that all groups count as quiet, of which a minority may be busy.
    /// - Throws: when the file cannot be read, or its packets do not tell its frames.
    /// - Complexity: O(packets) in time; 4 bytes a packet in memory.
    public init(_ input: String, stream: Int? = nil, isBusy: (Range<Double>) -> Bool = { _ in false }) throws(DeepVidError) {
        do throws(VideoError) {
            let scan = try PacketScan(input, stream: stream)
            info = scan.info
            var level = QuietLevel(), sizes: [CodedGroup.Picture.Kind: [Int32]] = [:]
            while let group = try scan.next() {
                for picture in group.pictures { sizes[picture.kind, default: []].append(Int32(clamping: picture.bytes)) }
                add(group, &level, isBusy)
            }
            kinds = CodedGroup.Picture.Kind.allCases.compactMap { kind in sizes[kind].flatMap { Kind(kind, $0) } }
        } catch { throw DeepVidError(error) }
    }

    private mutating func add(_ group: PacketScan.Group, _ level: inout QuietLevel, _ isBusy: (Range<Double>) -> Bool) {
        guard let first = group.pictures.first else { return }
        let profile = QuietLevel.Profile(group.pictures, frameSeconds: group.frameSeconds, pixels: info.width * info.height)
        let deviation = level.deviation(of: profile)
        let hasKey = first.kind == .key, others = group.pictures.dropFirst(hasKey ? 1 : 0)
        groups.append(
            Group(
                start: group.start, seconds: profile.seconds, pictures: group.pictures.count, keyBytes: hasKey ? first.bytes : nil,
                meanBytes: Self.mean(others), deviation: deviation.isFinite ? deviation : nil))
        if !isBusy(group.start..<group.start + max(profile.seconds, 1e-3)) { level.learn(profile) }
        let step = max(1, Int((GroupConstants.Quiet.windowSeconds / max(group.frameSeconds, 1e-3)).rounded()))
        var place = 0
        while place < group.pictures.count {
            let end = min(place + step, group.pictures.count)
            stretches.append(
                Stretch(
                    start: group.start + Double(place) * group.frameSeconds, seconds: Double(end - place) * group.frameSeconds,
                    meanBytes: Self.mean(group.pictures[place..<end].filter { $0.kind != .key })))
            place = end
        }
    }

    private static func mean(_ pictures: some Collection<CodedGroup.Picture>) -> Double? {
        pictures.isEmpty ? nil : Double(pictures.reduce(0) { $0 + $1.bytes }) / Double(pictures.count)
    }
}
