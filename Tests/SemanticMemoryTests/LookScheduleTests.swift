import SemanticMemory
import Testing

struct LookScheduleTests {
    /// Shows frames of which none, or these, can be left; returns which were looked at.
    private func looks(frames: Int, _ schedule: inout LookSchedule, couldLeave: (Int) -> Bool = { _ in false }) -> [Int] {
        (0..<frames).filter { frame in
            guard schedule.isDue() else { return false }
            schedule.looked(couldLeave: couldLeave(frame))
            return true
        }
    }

    @Test func inVainIsSoonRare() {
        var schedule = LookSchedule()
        let looked = looks(frames: 1000, &schedule)
        #expect(Array(looked.prefix(16)) == Array(0..<16))
        let late = looked.filter { $0 >= 100 }
        #expect(late.count < 200)
        // Two frames running each time: the second may be the first one's scene.
        let pairs = zip(late.dropFirst(2), late.dropFirst(3)).filter { $1 == $0 + 1 }.count
        #expect(abs(2 * pairs - late.count) < 8)
        // And no scene of ten frames is missed.
        #expect(zip(looked, looked.dropFirst()).allSatisfy { $1 - $0 <= 9 })
    }

    @Test func oneThatCouldBeLeftEndsIt() {
        var schedule = LookSchedule()
        let looked = looks(frames: 400, &schedule) { $0 >= 200 }
        let hit = looked.first { $0 >= 200 }!
        #expect(hit < 210 && looked.filter { $0 >= hit } == Array(hit..<400))
    }

    @Test func nowAndThenAHitKeepsItLooking() {
        var schedule = LookSchedule()
        #expect(looks(frames: 300, &schedule) { $0 % 15 == 14 }.count == 300)
    }
}
