import TestSupport
import Testing

@testable import Video

/// Time stamps are the container's own, in its own units, in the order in which frames are shown.
@Suite struct TimeStampTests {
    @Test func ntscTimeStampsAreExact() throws {
        let (frames, reader) = try readAll(Files.clip("moving.mp4"))
        #expect(reader.info.timeBase == Rational(1, 30000))
        #expect(reader.info.averageFrameRate == Rational(30000, 1001))
        #expect(reader.info.frameCount == 75)
        #expect(frames.map(\.pts) == (0..<75).map { $0 * 1001 })
        #expect(frames.map(\.index) == Array(0..<75))
        #expect(frames[30].ptsSeconds == 30030.0 / 30000)
    }

    @Test func reorderedFramesComeInDisplayOrder() throws {
        let (frames, reader) = try readAll(Files.clip("moving.mp4"))
        #expect(reader.info.hasBFrames)
        #expect(String(frames.prefix(9).map(\.pictureType)) == "IBBBPBBBP")
        #expect(frames[0].isKeyFrame)
        #expect(!frames[1].isKeyFrame)
        // The encoder holds back its last pictures; all of them must come out when the decoder is emptied.
        #expect(frames.count == 75)
    }

    @Test func variableFrameRateKeepsItsGaps() throws {
        let (frames, reader) = try readAll(Files.clip("vfr.mkv"))
        #expect(reader.info.timeBase == Rational(1, 1000))
        let expected = (0..<70).filter { [0, 1, 3].contains($0 % 7) }.map { Int64($0 * 40) }
        #expect(frames.map(\.pts) == expected)
    }

    @Test func aClockThatDoesNotStartAtZeroIsKept() throws {
        let (frames, reader) = try readAll(Files.clip("offset.ts"))
        #expect(reader.info.timeBase == Rational(1, 90000))
        #expect(reader.info.startSeconds == 1.48)
        #expect(frames.map(\.pts) == (0..<50).map { 133200 + $0 * 3600 })
    }

    @Test func aBareStreamHasNoTimeStampsAndMayChangeItsSize() throws {
        let (frames, _) = try readAll(Files.clip("resize.h264"))
        #expect(frames.map(\.pts) == Array(repeating: nil, count: 12))
        #expect(frames.allSatisfy { $0.ptsSeconds == nil })
        #expect(frames.map(\.width) == Array(repeating: 160, count: 6) + Array(repeating: 96, count: 6))
        #expect(frames.map(\.height) == Array(repeating: 96, count: 6) + Array(repeating: 160, count: 6))
        let sampler = PixelSampler(width: 32, height: 32)
        // One sampler serves both sizes; the halves of the clip start with the same scene.
        let (first, second) = (try sampler.sample(frames[0]), try sampler.sample(frames[6]))
        #expect(first != second)
        #expect(first.contains { $0 > 60 })
        #expect(second.contains { $0 > 60 })
    }

    @Test func rationals() {
        #expect(Rational(1, 0).value == nil)
        #expect(Rational(1, 0).seconds(of: 5) == 0)
        #expect(Rational(1001, 30000).seconds(of: 1) == 1001.0 / 30000)
        #expect(Rational(1, 90000).ticks(of: 1.48) == 133200)
        #expect(Rational(1, 90000).ticks(of: 1e300) > 1 << 60)
        #expect(Rational(1, 25) != Rational(2, 50))
    }

    @Test func framesOutliveTheirReader() throws {
        var frames = try readAll(Files.clip("mpeg4.avi")).frames
        let sampler = PixelSampler(width: 40, height: 24)
        let late = try frames.map { try sampler.sample($0) }
        frames.removeAll()
        let reader = try VideoReader(Files.clip("mpeg4.avi"))
        for expected in late {
            let frame = try #require(try reader.next())
            #expect(try sampler.sample(frame) == expected)
        }
        #expect(try reader.next()?.index == nil)
        #expect(try reader.next()?.index == nil)
    }

    @Test func interlacedFramesSaySo() throws {
        let (frames, reader) = try readAll(Files.clip("interlaced.mp4"))
        #expect(reader.info.isInterlaced)
        #expect(frames.count == 20)
        #expect(frames.allSatisfy { $0.isInterlaced })
        #expect(try readAll(Files.clip("moving.mp4")).frames.allSatisfy { !$0.isInterlaced })
    }

    /// Frames come in the order of their showing, with the times at which their packets came.
    @Test func arrivalsMayBeInAnyOrder() {
        let early = Arrival(monotonic: 1_000_000_000), late = Arrival(monotonic: 3_500_000_000)
        #expect(late.seconds(after: early) == 2.5)
        #expect(early.seconds(after: late) == -2.5)
    }
}
