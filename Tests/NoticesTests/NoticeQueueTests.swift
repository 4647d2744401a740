import Clocks
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import DeepVid
@testable import Notices
@testable import Results

/// An object's event.
func makeEvent(
    _ kind: ObjectEvent.Kind = .start, track: Int = 1, label: String = "car", zones: [String]? = nil, _ happened: [ZoneEvent]? = nil
) -> ObjectEvent {
    ObjectEvent(
        kind: kind, trackID: track, label: label, classID: 2, frame: 7, pts: 0.5, time: "2026-11-21T08:15:00.250Z", score: 0.75,
        box: [1, 2, 3, 4], bestFrame: 5, zones: zones, enteredZones: zones, zoneEvents: happened)
}

func makeNotice(_ track: Int = 1) -> NoticeRecord {
    NoticeRecord.notices(of: makeEvent(track: track), camera: "gate", source: "gate.mp4", zone: .utc)[0]
}

/// Waits until something is so, for ten seconds at most.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<1000 where !condition() { usleep(10_000) }
    return condition()
}

@Suite struct NoticeQueueTests {
    /// Tells as it is told to, and remembers what it was told.
    private final class Script: Teller {
        let name = "somebody"
        struct State {
            var answers: [NoticeError?] = []
            var told: [Int] = []
            var attempts = 0
            var isHeld = false
            var isAbandoned = false
        }
        let state = Mutex(State())

        func tell(_ notice: NoticeRecord) throws(NoticeError) {
            let isHeld = state.withLock { state in
                state.attempts += 1
                return state.isHeld
            }
            if isHeld { _ = eventually { state.withLock { !$0.isHeld || $0.isAbandoned } } }
            let answer = state.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() }
            if let answer { throw answer }
            state.withLock { $0.told.append(notice.trackID ?? 0) }
        }

        func abandon() { state.withLock { $0.isAbandoned = true } }
    }

    private let script = Script()
    private let later = Date(timeIntervalSinceNow: 10)

    @Test func everyNoticeIsToldInOrder() throws {
        let queue = try NoticeQueue(script)
        for track in 1...50 { queue.add(makeNotice(track)) }
        #expect(queue.finish(by: later) == [])
        #expect(script.state.withLock(\.told) == Array(1...50))
    }

    @Test func whatFailsIsTriedAgain() throws {
        script.state.withLock { $0.answers = [NoticeError(.again, "busy"), NoticeError(.again, "busy"), nil, NoticeError(.refused, "no")] }
        let queue = try NoticeQueue(script, delays: [0.01, 0.01, 0.01])
        for track in 1...3 { queue.add(makeNotice(track)) }
        #expect(queue.finish(by: later) == ["somebody: no"])
        #expect(script.state.withLock(\.told) == [1, 3])
        #expect(script.state.withLock(\.attempts) == 5)
    }

    @Test func afterTheLastAttemptItIsGivenUp() throws {
        script.state.withLock { $0.answers = Array(repeating: NoticeError(.again, "is away"), count: 6) }
        let queue = try NoticeQueue(script, delays: [0.01, 0.01])
        for track in 1...3 { queue.add(makeNotice(track)) }
        #expect(queue.finish(by: later) == ["somebody: is away", "somebody: 2 notices were lost in all"])
        #expect(script.state.withLock(\.told) == [3])
    }

    @Test func theOldestAreDroppedAndNobodyWaits() throws {
        script.state.withLock { $0.isHeld = true }
        let queue = try NoticeQueue(script)
        queue.add(makeNotice(0))
        #expect(eventually { script.state.withLock { $0.attempts == 1 } })
        for track in 1...NoticeQueue.capacity + 20 { queue.add(makeNotice(track)) }
        let problems = queue.takeProblems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains("does not keep up") == true)
        #expect(queue.takeProblems() == [])
        script.state.withLock { $0.isHeld = false }
        #expect(queue.finish(by: later) == ["somebody: 20 notices were lost in all"])
        #expect(script.state.withLock(\.told) == [0] + Array(21...NoticeQueue.capacity + 20))
    }

    @Test func theEndDoesNotWaitForEver() throws {
        script.state.withLock { $0.isHeld = true }
        let queue = try NoticeQueue(script)
        for track in 1...3 { queue.add(makeNotice(track)) }
        #expect(eventually { script.state.withLock { $0.attempts == 1 } })
        #expect(queue.finish(by: Date(timeIntervalSinceNow: 0.1)) == ["somebody: 3 notices could not be told before the end"])
        let isAbandoned = script.state.withLock(\.isAbandoned)
        #expect(isAbandoned)
    }

    @Test func attemptsThatWouldComeTooLateAreNotWaitedFor() throws {
        script.state.withLock { $0.answers = [NoticeError(.again, "busy")] }
        let queue = try NoticeQueue(script, delays: [3600])
        queue.add(makeNotice())
        #expect(queue.finish(by: Date(timeIntervalSinceNow: 0.2)) == ["somebody: 1 notices could not be told before the end"])
    }

    // MARK: What is told

    @Test func updatesAtZonesAreToldAsThese() {
        func kinds(_ event: ObjectEvent) -> [String] {
            NoticeRecord.notices(of: event, camera: "gate", source: "a", zone: .utc).map { "\($0.event) \($0.zone ?? $0.line ?? "-")" }
        }
        let enter = ZoneEvent(kind: .enter, zone: "door", trackID: 1, label: "car", classID: 2)
        let cross = ZoneEvent(kind: .cross, line: "kerb", trackID: 1, label: "car", classID: 2, direction: .leftToRight)
        #expect(kinds(makeEvent(.start, [])) == ["start -"])
        #expect(kinds(makeEvent(.start, [enter, cross])) == ["start -", "enter door", "cross kerb"])
        #expect(kinds(makeEvent(.update)) == ["update -"])
        #expect(kinds(makeEvent(.update, [cross])) == ["cross kerb"])
        #expect(kinds(makeEvent(.end, [enter])) == ["end -", "enter door"])
    }

    @Test func textsAreForPeople() {
        func texts(_ event: ObjectEvent, _ zone: Zone = Zone(offset: 3600)) -> [String] {
            NoticeRecord.notices(of: event, camera: "gate", source: "a", zone: zone).map(\.text)
        }
        let enter = ZoneEvent(kind: .enter, zone: "door", trackID: 1, label: "car", classID: 2)
        let dwell = ZoneEvent(kind: .dwell, zone: "door", trackID: 1, label: "car", classID: 2, dwellSeconds: 30)
        let cross = ZoneEvent(kind: .cross, line: "kerb", trackID: 1, label: "car", classID: 2, direction: .leftToRight)
        #expect(
            texts(makeEvent(.start, [enter])) == ["car at gate, 2026-11-21 09:15:00", "car came into door at gate, 2026-11-21 09:15:00"])
        #expect(
            texts(makeEvent(.update, [dwell, cross])) == [
                "car in door at gate for 30 s, 2026-11-21 09:15:00", "car crossed kerb at gate, 2026-11-21 09:15:00",
            ])
        var event = makeEvent(.end)
        event.time = nil
        #expect(texts(event) == ["car gone from gate"])
    }

    @Test func camerasThatAreGoneAndBack() {
        let outage = Outage(cause: DeepVidError(.timedOut, "no data for 4.0 s"), lastPts: 2, since: .now)
        let gone = NoticeRecord.notice(of: outage, isBack: false, camera: "gate", source: "rtsp://gate", zone: .utc)
        #expect(gone.event == "offline")
        #expect(gone.text.hasPrefix("no picture from gate since "))
        #expect(gone.message == "no data for 4.0 s")
        #expect(gone.trackID == nil)
        let back = NoticeRecord.notice(of: outage, isBack: true, camera: "gate", source: "rtsp://gate", zone: .utc)
        #expect(back.event == "online")
        #expect(back.text.hasPrefix("gate is back, "))
        #expect(back.durationS != nil)
        #expect(back.message == nil)
    }
}
