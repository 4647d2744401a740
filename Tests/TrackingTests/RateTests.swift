import TestSupport
import Testing
import Vision

@testable import Tracking

/// Ids are kept however often the objects are looked at: by time, not by frames.
@Suite struct RateTests {
    /// When frames are looked at, in seconds from 0 to 12.
    enum Rate: CaseIterable, CustomStringConvertible {
        case thirty, ten, five, two, varying

        var description: String { "\(times.prefix(4))" }

        var times: [Double] {
            switch self {
            case .thirty: (0..<360).map { Double($0) / 30 }
            case .ten: (0..<120).map { Double($0) / 10 }
            case .five: (0..<60).map { Double($0) / 5 }
            case .two: (0..<24).map { Double($0) / 2 }
            case .varying: Self.varyingTimes
            }
        }

        /// As a camera sends them whose network stumbles, or `--decode active` leaves them.
        private static let varyingTimes: [Double] = {
            var dice = Dice(11), times = [0.0]
            while times.last! < 12 { times.append(times.last! + [1.0 / 30, 1.0 / 30, 0.1, 0.2, 0.4][dice.int(5)]) }
            return times
        }()
    }

    /// Follows objects, each a box at a time or nil.
    /// - Returns: for each the ids that it had.
    private func ids(_ rate: Rate, _ objects: [(Double) -> Detection?]) -> [Set<Int>] {
        var tracker = Tracker(score: 0.4), ids = [Set<Int>](repeating: [], count: objects.count)
        for time in rate.times {
            let seen = objects.indices.compactMap { index in objects[index](time).map { (index, $0) } }
            for ((index, _), id) in zip(seen, tracker.update(seen.map(\.1), at: time).ids) { if let id { ids[index].insert(id) } }
        }
        return ids
    }

    /// A person 80 pixels high, who walks 0.8 times that in a second.
    private static let pace = 64.0

    private func person(_ x: Double, _ y: Double = 100, score: Float = 0.8) -> Detection { detection(Float(x), Float(y), score: score) }

    @Test(arguments: Rate.allCases) func whoWalksKeepsTheID(_ rate: Rate) {
        #expect(ids(rate, [{ person(Self.pace * $0) }]) == [[1]])
    }

    /// Whose first box is not of the first frame is found again in spite of an unknown velocity.
    @Test(arguments: Rate.allCases) func whoComesInKeepsTheID(_ rate: Rate) {
        #expect(ids(rate, [{ $0 > 1.9 ? person(Self.pace * $0) : nil }, { person(900 - Self.pace * $0, 300) }]) == [[2], [1]])
    }

    /// The one behind is not seen while both are in line.
    @Test(arguments: Rate.allCases) func whoPassAnotherKeepTheirIDs(_ rate: Rate) {
        let found = ids(
            rate,
            [
                { person(Self.pace * $0) },
                { time in
                    let x = 768 - Self.pace * time
                    return abs(x - Self.pace * time) < 20 ? nil : person(x, 125)
                },
            ])
        #expect(found == [[1], [2]])
    }

    /// Half a second behind a tree.
    @Test(arguments: Rate.allCases) func whoIsHiddenForAMomentKeepsTheID(_ rate: Rate) {
        #expect(ids(rate, [{ (6.05..<6.55).contains($0) ? nil : person(Self.pace * $0) }]) == [[1]])
    }

    /// Somebody waits, runs off and stops again.
    @Test(arguments: Rate.allCases) func whoRunsOffKeepsTheID(_ rate: Rate) {
        #expect(
            ids(
                rate,
                [
                    { time in
                        // Seconds at full speed that come to the same: it takes one to get there, and one to stop.
                        let (run, stop) = (min(max(time - 3, 0), 1), min(max(time - 6, 0), 1))
                        return person(10 + 2 * Self.pace * (run * run / 2 + min(max(time - 4, 0), 2) + stop - stop * stop / 2))
                    }
                ]) == [[1]])
    }

    /// A car twice as long as high that drives three times its height in a second: at two frames a second, three quarters of its length.
    @Test(arguments: Rate.allCases) func carsKeepTheirIDs(_ rate: Rate) {
        let cars: [(Double) -> Detection?] = [
            { detection(Float(240 * $0), 100, score: 0.8, width: 160) }, { detection(Float(2400 - 240 * $0), 220, score: 0.8, width: 160) },
        ]
        #expect(ids(rate, cars) == [[1], [2]])
    }

    /// A car 300 pixels long comes in over the border and leaves over another, seen from above: what is to be seen of it is at first wider than
    /// high, then higher than wide, then wider again.
    @Test(arguments: Rate.allCases, [300.0, 600]) func whatTheBorderCutsKeepsTheID(_ rate: Rate, pace: Double) {
        let found = ids(
            rate,
            [
                { time in
                    let top = pace * (time - 1) - 300, (first, last) = (max(top, 0), min(top + 300, 432))
                    return last - first > 4 ? detection(150, Float(first), score: 0.8, width: 160, height: Float(last - first)) : nil
                }
            ])
        #expect(found == [[1]])
    }

    /// Half of the boxes are weak, or none, in stretches.
    @Test(arguments: Rate.allCases) func whoIsHardToSeeKeepsTheID(_ rate: Rate) {
        let found = ids(rate, [{ time in person(Self.pace * time, score: time.truncatingRemainder(dividingBy: 3) < 1.4 ? 0.8 : 0.25) }])
        #expect(found == [[1]])
    }

    /// Somebody runs off and is badly seen just then, so that the weak boxes are not where they would be.
    @Test(arguments: Rate.allCases) func whoRunsOffHardToSeeKeepsTheID(_ rate: Rate) {
        let found = ids(
            rate,
            [
                { time in
                    let run = min(max(time - 3, 0), 1)
                    let way = time + 1.2 * (run * run / 2 + max(time - 4, 0))
                    return person(10 + Self.pace * way, score: (3..<5).contains(time) ? 0.25 : 0.8)
                }
            ])
        #expect(found == [[1]])
    }

    /// Where nobody can be, nobody goes on: across the picture at once is another object.
    @Test(arguments: Rate.allCases) func whoIsElsewhereIsAnother(_ rate: Rate) {
        let found = ids(rate, [{ $0 < 6 ? person(20) : nil }, { $0 < 6 ? nil : person(300) }])
        #expect(found == [[1], [2]])
    }

    /// Checkpoints keep all: a tracker that is set down and taken up anywhere goes on as it would have.
    @Test(arguments: Rate.allCases) func aCheckpointIsLikeNone(_ rate: Rate) throws {
        var whole = Tracker(score: 0.4), dice = Dice(4)
        for time in rate.times {
            let boxes = (0..<3).compactMap { index in
                dice.chance(5) ? nil : person(Self.pace * time * Double(index), 100 * Double(index), score: 0.2 + 0.7 * dice.uniform())
            }
            var restored = try Checkpoints.copy(whole)
            let step = whole.update(boxes, at: time)
            #expect(restored.update(boxes, at: time) == step)
            #expect(restored == whole)
        }
    }
}
