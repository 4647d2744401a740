import CFFmpeg

/// A coded picture: one packet of the stream. Owns the packet.
final class CodedPicture {
    let packet: UnsafeMutablePointer<AVPacket>
    let traits: PictureTraits
    /// In ticks of the stream's time base; `nil` where the container does not say.
    let pts: Int64?
    var size: Int { Int(packet.pointee.size) }
    /// Whether decoding can begin here.
    let isKey: Bool
    /// Whether an edit list leaves it out: it is decoded and not shown.
    var isHidden: Bool { packet.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }
    var isCorrupt: Bool { packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }
    /// Whether no other picture of its group needs it; see `PacketGroup`.
    fileprivate(set) var isDisposable: Bool

    /// Takes what `packet` holds over; `nil` without memory.
    init?(moving source: UnsafeMutablePointer<AVPacket>, _ parser: PictureParser) {
        guard let packet = av_packet_alloc() else { return nil }
        av_packet_move_ref(packet, source)
        self.packet = packet
        let value = packet.pointee
        traits = parser.traits(of: UnsafeBufferPointer(start: value.data, count: Int(value.size)))
        pts = value.pts == dv_nopts ? nil : value.pts
        isKey = value.flags & AV_PKT_FLAG_KEY != 0 && traits.isIntra
        isDisposable = traits.isDisposable
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
    }
}

/// A group of pictures as it is stored: from a key frame up to the next one.
final class PacketGroup {
    /// From 0, in the order of the file.
    let number: Int
    /// In the order in which they are decoded.
    let pictures: [CodedPicture]
    /// Whether it begins with a key frame, and whether the next group does; a very long group comes in parts.
    let beginsWithKey: Bool
    let isContinued: Bool
    /// Those that are shown, as places in `pictures`, in the order in which they are shown.
    let shown: [Int]
    /// How many of these come before the key frame: they may need the group before.
    let leading: Int
    /// The group that it is the rest of, whose beginning was decoded; `nil` for whole groups.
    let whole: PacketGroup?
    /// Whether each packet is one frame with a time stamp of its own.
    let isRegular: Bool
    /// The pictures' time stamps, as `shown`; empty if not regular.
    let times: [Int64]
    /// The key frame, once it was decoded by itself.
    var keyFrame: Frame?
    /// What decodes it meanwhile, and what decodes it and others of its frames.
    var keyJob: KeyFrameJob?
    var framesJob: GroupFramesJob?
    /// What `makeSizes` gives.
    private(set) lazy var sizes = makeSizes()
    /// Of its packets.
    var bytes: Int { pictures.reduce(0) { $0 + $1.size } }

    convenience init(number: Int, _ pictures: [CodedPicture], isContinued: Bool) {
        let highest = pictures.map(\.traits.layer).max() ?? 0
        for picture in pictures { picture.isDisposable = picture.traits.isDisposable && picture.traits.layer == highest }
        self.init(of: number, pictures, isContinued: isContinued, whole: nil)
    }

    /// Who needs which picture is known.
    private init(of number: Int, _ pictures: [CodedPicture], isContinued: Bool, whole: PacketGroup?) {
        (self.number, self.pictures, self.isContinued, self.whole) = (number, pictures, isContinued, whole)
        beginsWithKey = pictures.first?.isKey ?? false
        let visible = pictures.indices.filter { !pictures[$0].isHidden }
        isRegular = pictures.allSatisfy(\.traits.isOneFrame) && visible.allSatisfy { pictures[$0].pts != nil }
        guard isRegular else {
            (shown, times, leading) = ([], [], 0)
            return
        }
        let ordered = visible.sorted { pictures[$0].pts! < pictures[$1].pts! }, stamps = ordered.map { pictures[$0].pts! }
        let key = pictures.first?.isKey == true ? pictures[0].pts : nil
        (shown, times, leading) = (ordered, stamps, key.map { key in stamps.prefix { $0 < key }.count } ?? 0)
    }

    deinit { framesJob?.cancel() }

    /// Whether its frames can be told apart by their time stamps, and follow those before `time`.
    func isOrdered(after time: Int64?) -> Bool {
        isRegular && zip(times, times.dropFirst()).allSatisfy(<) && (times.first.map { $0 > time ?? .min } ?? true)
    }

    /// Divides it after `ticks` or a little later, where the beginning is decoded and shown before the rest.
    /// - Returns: `nil` where there is no such place.
    func divided(after ticks: Int64) -> (beginning: PacketGroup, rest: PacketGroup)? {
        guard isRegular, leading == 0, let first = times.first, pictures.allSatisfy({ $0.pts != nil }) else { return nil }
        // The earliest time stamp from each picture on.
        var earliest = pictures.map { $0.pts! }
        for place in pictures.indices.dropLast().reversed() { earliest[place] = min(earliest[place], earliest[place + 1]) }
        var latest = Int64.min
        for place in pictures.indices.dropFirst() {
            latest = max(latest, pictures[place - 1].pts!)
            guard earliest[place] > latest, earliest[place] - first >= ticks else { continue }
            return (
                PacketGroup(of: number, Array(pictures[..<place]), isContinued: true, whole: whole),
                PacketGroup(of: number, Array(pictures[place...]), isContinued: isContinued, whole: whole ?? self)
            )
        }
        return nil
    }

    /// Which pictures have to be decoded for some to be seen.
    ///
    /// - Parameters:
    ///   - wanted: for each picture of `shown` whether it is to be seen.
    ///   - isNeededAfter: whether the next group refers to this one, or continues it.
    /// - Returns: for each of `pictures`.
    func needed(for wanted: [Bool], isNeededAfter: Bool) -> [Bool] {
        var isWanted = [Bool](repeating: false, count: pictures.count)
        for (place, picture) in shown.enumerated() where wanted[place] { isWanted[picture] = true }
        let last = isNeededAfter ? pictures.count - 1 : isWanted.lastIndex(of: true) ?? -1
        let needsLeading = wanted.prefix(leading).contains(true)
        let isLeading = Set(shown.prefix(leading))
        return pictures.indices.map { place in
            if isWanted[place] { return true }
            if place > last || pictures[place].isDisposable { return false }
            // Only other leading pictures refer to these.
            return !isLeading.contains(place) || needsLeading
        }
    }
}

/// Divides a stream's packets into groups.
final class GroupReader {
    private let decoder: StreamDecoder
    private let parser: PictureParser
    /// The key frame that the next group begins with.
    private var held: CodedPicture?
    private var count = 0

    /// A group is cut at so many pictures or bytes: 40 s of video at 30 frames a second, and what 64 large intra pictures take.
    private static let (mostPictures, mostBytes) = (1200, 64 << 20)

    /// - Returns: `nil` for input whose packets do not tell its frames; see `PictureParser`.
    init?(_ decoder: StreamDecoder) {
        let container = decoder.container
        guard case .file = container.kind, container.isRegularFile, !container.hasNoClock,
            let parser = PictureParser(decoder.stream.pointee.codecpar)
        else { return nil }
        (self.decoder, self.parser) = (decoder, parser)
    }

    /// The container went to another place.
    func restart() { (held, count) = (nil, 0) }

    /// The next group; `nil` at the end.
    /// - Throws: after cancellation, or without memory.
    func next() throws(VideoError) -> PacketGroup? {
        var pictures = [held.take()].compactMap(\.self), bytes = 0
        while pictures.count < Self.mostPictures, bytes < Self.mostBytes {
            guard let packet = try decoder.read() else {
                if pictures.isEmpty { return nil }
                return make(pictures, isContinued: false)
            }
            guard let picture = CodedPicture(moving: packet, parser) else {
                throw VideoError(.internalFailure, "out of memory", url: decoder.container.url)
            }
            if picture.isKey, !pictures.isEmpty {
                held = picture
                return make(pictures, isContinued: false)
            }
            bytes += picture.size
            pictures.append(picture)
        }
        return make(pictures, isContinued: true)
    }

    private func make(_ pictures: [CodedPicture], isContinued: Bool) -> PacketGroup {
        defer { count += 1 }
        return PacketGroup(number: count, pictures, isContinued: isContinued)
    }
}
