import Foundation
import TestSupport
import Testing
import Video

/// What is decoded where not all frames are wanted. Frames that are delivered are those of a reader that decodes everything, bit for bit.
@Suite struct SparseTests {
    private let sampler = PixelSampler(width: 40, height: 24)

    /// Ways of choosing frames.
    private static let choices: [@Sendable (inout VideoOptions) -> Void] = [
        { $0.every = 2 }, { $0.every = 3 }, { $0.every = 10 }, { $0.every = 37 }, { $0.fps = 0.5 }, { $0.fps = 2 }, { $0.fps = 7.3 },
        { $0.fps = 19 }, { $0.choosesKeyFrames = true }, { ($0.start, $0.every) = (0.7, 4) },
        { ($0.start, $0.duration, $0.fps) = (0.5, 1, 6) },
    ]

    /// - Returns: frames that were not decoded, over all choices.
    @discardableResult private func compare(_ input: String) throws -> Int {
        var left = 0
        for (number, choose) in Self.choices.enumerated() {
            let wanted = try readAll(input) { options in
                choose(&options)
                options.decodesAll = true
            }
            let (frames, reader) = try readAll(input, change: choose)
            #expect(frames.map(\.index) == wanted.frames.map(\.index), "\(input), choice \(number)")
            #expect(frames.map(\.pts) == wanted.frames.map(\.pts), "\(input), choice \(number)")
            #expect(!frames.contains { !$0.isDecoded })
            #expect(reader.framesDecoded == wanted.reader.framesDecoded, "\(input), choice \(number)")
            #expect(reader.corruptPackets <= wanted.reader.corruptPackets, "\(input), choice \(number)")
            for (a, b) in zip(frames, wanted.frames) {
                #expect(try sampler.sample(a) == sampler.sample(b), "\(input), choice \(number), frame \(a.index)")
            }
            left += reader.framesLeft
        }
        return left
    }

    @Test(arguments: [
        "moving.mp4", "street.mp4", "vfr.mkv", "offset.ts", "hevc-10bit.mp4", "mpeg4.avi", "interlaced.mp4", "h264-10bit.mp4", "hues.mp4",
        "palette.gif", "alpha.mov",
    ])
    func clipsGiveTheSameFrames(clip: String) throws { try compare(Files.clip(clip)) }

    /// Codecs, containers, B pyramids, open and closed groups: arguments of ffmpeg, and whether something is left out.
    private static let made: [(name: String, arguments: [String], leaves: Bool)] = [
        ("pyramid.mkv", ["-c:v", "libx264", "-g", "20", "-bf", "3", "-b_strategy", "0"], true),
        ("open.ts", ["-c:v", "libx264", "-g", "20", "-x264-params", "open-gop=1:bframes=3"], true),
        ("plain.mp4", ["-c:v", "libx264", "-g", "12", "-bf", "0"], true),
        ("refresh.mkv", ["-c:v", "libx264", "-x264-params", "intra-refresh=1:keyint=12"], true),
        ("x265.mp4", ["-c:v", "libx265", "-x265-params", "log-level=none:keyint=20:open-gop=0"], true),
        ("x265-open.mkv", ["-c:v", "libx265", "-x265-params", "log-level=none:keyint=20:open-gop=1"], true),
        ("mpeg2.ts", ["-c:v", "mpeg2video", "-g", "15", "-bf", "2"], true),
        ("mpeg4.mp4", ["-c:v", "mpeg4", "-g", "15", "-bf", "2"], true),
        ("vp9.webm", ["-c:v", "libvpx-vp9", "-g", "20", "-deadline", "realtime", "-cpu-used", "8"], true),
        ("av1.mkv", ["-c:v", "libsvtav1", "-preset", "12", "-g", "20"], true),
        ("mjpeg.mov", ["-c:v", "mjpeg"], true),
    ]

    @Test(.needsFFmpeg, arguments: made.indices) func codecsGiveTheSameFrames(index: Int) throws {
        let (name, arguments, leaves) = Self.made[index], folder = try TemporaryFolder()
        try FFmpeg.make(FFmpeg.source(seconds: 4) + arguments + [folder.path(name)])
        let left = try compare(folder.path(name))
        #expect((left > 0) == leaves, "\(name): \(left)")
    }

    /// An edit list that begins in the middle of a group, and gaps in time.
    @Test(.needsFFmpeg) func editListsAndGapsGiveTheSameFrames() throws {
        let folder = try TemporaryFolder()
        try FFmpeg.make(FFmpeg.source(seconds: 4) + ["-c:v", "libx264", "-g", "25", "-bf", "2", folder.path("whole.mp4")])
        try FFmpeg.make(["-ss", "0.5", "-i", folder.path("whole.mp4"), "-c", "copy", folder.path("cut.mp4")])
        try FFmpeg.make(
            FFmpeg.source(seconds: 4) + [
                "-vf", "select='lt(mod(n,17),9)'", "-vsync", "vfr", "-c:v", "libx264", "-g", "25", folder.path("gaps.mp4"),
            ])
        #expect(try compare(folder.path("cut.mp4")) > 0)
        #expect(try compare(folder.path("gaps.mp4")) > 0)
    }

    /// Pictures that cannot be decoded shift nothing: no frame comes twice, and each is where it says.
    @Test(arguments: ["damaged.mp4", "truncated.mp4"]) func damageIsSurvived(clip: String) throws {
        let whole = try readAll(Files.clip(clip)).frames
        for choose in Self.choices {
            let frames = try readAll(Files.clip(clip), change: choose).frames
            #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.index < $1.index && $0.pts! < $1.pts! }, "\(clip)")
            #expect(Set(frames.map(\.pts)).isSubset(of: whole.map(\.pts)))
        }
    }

    // MARK: Groups that are passed over

    /// Passes some groups over.
    private final class Decider: GroupDecider {
        var asked: [Int] = []
        var noted: [Int] = []
        /// Of live input, whether the group is decoded as it comes, by how many were told of before.
        var wants: (Int) -> Bool = { _ in false }
        var secondsAhead = 0.0
        /// Groups that were known beyond the one that was asked about, at most.
        var known = 0
        /// Whether key frames are begun before they are asked for.
        var beginsKeys = false
        /// Frames of each group that are asked for before it is decided, and those that are begun before, if any.
        var (wanted, begun): ([Int], [Int]?) = ([], nil)
        var found: [Frame] = []
        var wantsNext: Bool { wants(asked.count + noted.count) }
        func note(_ group: CodedGroup) { noted.append(group.number) }
        /// What becomes of the rests of groups whose beginning is decoded.
        var rest: (CodedGroup) -> GroupDecision = { _ in .pass }
        var rests = 0
        let isPassed: (Int) -> GroupDecision
        init(_ isPassed: @escaping (Int) -> GroupDecision) { self.isPassed = isPassed }

        func decide(_ group: CodedGroup) -> GroupDecision {
            if group.isRest {
                rests += 1
                return rest(group)
            }
            asked.append(group.number)
            let following = Array(sequence(first: group, next: \.next).dropFirst())
            #expect(zip(following, [group] + following).allSatisfy { $0.number == $1.number + 1 && $0.startSeconds > $1.startSeconds })
            known = max(known, following.count)
            for one in [group] + following where one.pictures.count > begun?.max() ?? .max { one.beginFrames(at: begun!) }
            if group.canBePassed, !wanted.isEmpty, group.pictures.count > wanted.max()!, (try? group.keyFrame()) != nil {
                let isWhole = try? group.frames(at: wanted) { frame in
                    found.append(frame)
                    return true
                }
                #expect(isWhole == true, "group \(group.number)")
            }
            if beginsKeys { for one in [group] + following { one.beginKeyFrame() } }
            return isPassed(group.number)
        }
    }

    private func frames(_ input: String, _ decider: Decider, _ options: VideoOptions = VideoOptions()) throws -> [Frame] {
        let reader = try VideoReader(input, options: options, decider: decider)
        var frames: [Frame] = []
        while let frame = try reader.next() { frames.append(frame) }
        #expect(reader.framesDecoded >= frames.count)
        return frames
    }

    private func check(_ input: String) throws {
        let whole = try readAll(input).frames
        let deciders: [(Int) -> GroupDecision] = [
            { _ in .pass }, { $0 % 2 == 0 ? .pass : .decode }, { $0 % 3 == 1 ? .pass : .decode }, { $0 % 4 < 2 ? .decode : .pass },
            { _ in .decode },
        ]
        for (number, decide) in deciders.enumerated() {
            let decider = Decider(decide)
            decider.beginsKeys = number % 2 == 0
            let frames = try frames(input, decider)
            #expect(frames.map(\.pts) == whole.map(\.pts), "\(input), decider \(number)")
            #expect(frames.map(\.index) == whole.map(\.index), "\(input), decider \(number)")
            for (a, b) in zip(frames, whole) where a.isDecoded {
                #expect(try sampler.sample(a) == sampler.sample(b), "\(input), decider \(number), frame \(a.index)")
            }
            if number == 5 { #expect(frames.allSatisfy { $0.isDecoded && !$0.isPassedOver }) }
            if number == 0, decider.asked.count > 2, decider.asked.count < frames.count { #expect(frames.contains { !$0.isDecoded }) }
        }
    }

    /// Groups of which the beginning is decoded, with the rest passed over, decoded, or divided once more.
    private func checkRests(_ input: String) throws -> Int {
        let whole = try readAll(input).frames
        var rests = 0
        let answers: [(CodedGroup) -> GroupDecision] = [
            { _ in .pass }, { _ in .decode }, { $0.picturesBefore < 12 ? .decodeBeginning(seconds: 0.2) : .pass },
        ]
        for (number, rest) in answers.enumerated() {
            let decider = Decider { $0 % 3 == 2 ? .pass : .decodeBeginning(seconds: 0.2) }
            decider.rest = rest
            let frames = try frames(input, decider)
            #expect(frames.map(\.pts) == whole.map(\.pts), "\(input), rests \(number)")
            #expect(frames.map(\.index) == whole.map(\.index), "\(input), rests \(number)")
            for (a, b) in zip(frames, whole) where a.isDecoded {
                #expect(try sampler.sample(a) == sampler.sample(b), "\(input), rests \(number), frame \(a.index)")
            }
            rests += decider.rests
        }
        return rests
    }

    @Test(arguments: ["moving.mp4", "street.mp4", "vfr.mkv", "offset.ts", "hues.mp4"])
    func everyFrameComesOnce(clip: String) throws {
        try check(Files.clip(clip))
        _ = try checkRests(Files.clip(clip))
    }

    @Test(.needsFFmpeg, arguments: made.indices) func everyFrameOfCodecsComesOnce(index: Int) throws {
        let (name, arguments, _) = Self.made[index], folder = try TemporaryFolder()
        try FFmpeg.make(FFmpeg.source(seconds: 4) + arguments + [folder.path(name)])
        try check(folder.path(name))
        let rests = try checkRests(folder.path(name))
        if name == "plain.mp4" { #expect(rests > 0) }
    }

    /// A frame that was passed over has the picture of its group's key frame.
    @Test func whatStandsIsTheKeyFrame() throws {
        let decider = Decider { _ in .pass }, frames = try frames(Files.clip("moving.mp4"), decider)
        var key: Frame?
        for frame in frames where frame.isPassedOver {
            if frame.isDecoded {
                key = frame
            } else if let key, let group = frame.group, group == key.group {
                #expect(try sampler.sample(frame) == sampler.sample(key), "frame \(frame.index)")
            }
        }
        #expect(key != nil)
    }

    /// A key frame is the same, whichever thread decodes it, also where it was begun and its group is not asked for it.
    @Test(arguments: ["moving.mp4", "street.mp4", "damaged.mp4"]) func keyFramesAreTheSameOnOtherThreads(clip: String) throws {
        var pictures: [[[UInt8]?]] = []
        for beginsKeys in [false, true] {
            let decider = Decider { $0 % 2 == 0 ? .pass : .decode }
            (decider.beginsKeys, decider.secondsAhead) = (beginsKeys, 4)
            pictures.append(try frames(Files.clip(clip), decider).map { $0.isDecoded ? try sampler.sample($0) : nil })
        }
        #expect(pictures[0].contains { $0 != nil })
        #expect(pictures[0] == pictures[1])
    }

    /// Frames within groups are the same whether they were begun before or not, also where others were begun, and where nobody asks for them.
    @Test func framesAreTheSameOnOtherThreads() throws {
        let clip = "street.mp4"
        var pictures: [[[UInt8]]] = []
        for begun in [nil, [2, 4], [1, 2, 3, 4], [1, 2]] {
            let decider = Decider { _ in .pass }
            (decider.wanted, decider.begun, decider.secondsAhead) = ([2, 4], begun, 4)
            _ = try frames(Files.clip(clip), decider)
            pictures.append(try decider.found.map { try sampler.sample($0) })
        }
        #expect(!pictures[0].isEmpty)
        #expect(pictures.allSatisfy { $0 == pictures[0] })
        let unasked = Decider { _ in .pass }
        (unasked.begun, unasked.secondsAhead) = ([3, 5], 4)
        let whole = try readAll(Files.clip(clip)).frames
        #expect(try frames(Files.clip(clip), unasked).map(\.pts) == whole.map(\.pts))
    }

    /// Groups that are passed over with the picture before them, without their key frame.
    @Test(arguments: ["moving.mp4", "street.mp4"]) func whatStoodBeforeStandsForUnseenGroups(clip: String) throws {
        let whole = try readAll(Files.clip(clip)).frames
        let decider = Decider { $0 % 3 == 0 ? .pass : .passUnseen }
        decider.secondsAhead = 2
        let frames = try frames(Files.clip(clip), decider)
        #expect(frames.map(\.pts) == whole.map(\.pts))
        var standing: Frame?
        for frame in frames {
            guard frame.isPassedOver, let group = frame.group else {
                #expect(frame.group ?? 0 == 0, "frame \(frame.index) is decoded")
                continue
            }
            if group % 3 == 0 {
                if frame.isDecoded { standing = frame }
            } else if let standing {
                #expect(!frame.isDecoded)
                #expect(try sampler.sample(frame) == sampler.sample(standing), "frame \(frame.index) of group \(group)")
            }
        }
        if decider.asked.count > 4 { #expect(decider.known > 1) }
    }

    // MARK: Live input

    /// Groups are held back, decoded as they come, or passed over: every frame comes once, in order, and those that are decoded are as ever.
    @Test(.needsFFmpeg, arguments: ["plain.mp4", "x265.mp4", "vp9.webm", "open.ts"]) func liveGroupsAreHeldBack(name: String) throws {
        let (_, arguments, _) = Self.made.first { $0.name == name }!, folder = try TemporaryFolder(), clip = folder.path(name)
        try FFmpeg.make(FFmpeg.source(seconds: 2) + arguments + [clip])
        let whole = try readAll(clip).frames
        for comesOpen in [false, true] {
            let decider = Decider { $0 % 2 == 1 ? .pass : .decode }
            decider.wants = { comesOpen && $0 % 2 == 1 }
            var options = VideoOptions()
            options.live = true
            let frames = try frames(clip, decider, options)
            #expect(frames.map(\.pts) == whole.map(\.pts), "\(name), \(comesOpen)")
            for (a, b) in zip(frames, whole) where a.isDecoded {
                #expect(try sampler.sample(a) == sampler.sample(b), "\(name), \(comesOpen), frame \(a.index)")
            }
            #expect(decider.noted.first == 0)
            // How many of the groups are open is up to the encoder.
            if name != "open.ts" {
                #expect(frames.contains { !$0.isDecoded } == !comesOpen, "\(name), \(comesOpen)")
                #expect(decider.noted.contains(1) == comesOpen, "\(decider.noted)")
            }
            #expect(Set(decider.asked + decider.noted).count == decider.asked.count + decider.noted.count)
        }
    }
}
