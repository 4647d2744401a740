import Testing

@testable import DeepVid

@Suite struct FrameClockTests {
    /// The times of frames with these time stamps, of an input that began at 1000 with a time stamp of 5.
    private func times(_ stamps: [Double?]) -> [Double?] {
        var clock = FrameClock()
        return stamps.enumerated().map { index, pts in
            var frame = makeInfo(index)
            frame.pts = pts
            return clock.time(of: frame, start: 1000, origin: 5)
        }
    }

    @Test func timeGoesAsTheTimeStampsSay() {
        #expect(times([5, 5.5, 6, 9]) == [1000, 1000.5, 1001, 1004])
        // With --start, the first frame is not the input's beginning.
        #expect(times([65, 66]) == [1060, 1061])
        #expect(times([5, nil, 6]) == [1000, nil, 1001])
    }

    /// As of clips that were joined.
    @Test func timeGoesOnWhereTimeStampsJumpBack() {
        #expect(times([5, 15, 25, 0, 10]) == [1000, 1010, 1020, 1030, 1040])
        // One that is a little early is one that is a little early.
        #expect(times([5, 5.5, 5.25, 6]) == [1000, 1000.5, 1000.25, 1001])
    }
}
