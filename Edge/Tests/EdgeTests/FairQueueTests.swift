import Testing

@testable import EdgeServer

/// Who waits, who goes first, who is refused.
@Suite struct FairQueueTests {
    private final class Device {}

    private static func entry(_ device: Device, _ work: Int, expiry: ContinuousClock.Instant? = nil) -> FairQueue<Int>.Entry {
        .init(client: ObjectIdentifier(device), expiry: expiry, work: work)
    }

    /// A hundred devices that ask again as soon as they may, at a queue of eight: with first come, first served, eight would get all.
    @Test func devicesGetEqualTurnsWhenTheQueueIsTooShort() {
        var queue = FairQueue<Int>(capacity: 8)
        let devices = (0..<100).map { _ in Device() }
        var answers = [Int](repeating: 0, count: devices.count)
        var isWaiting = [Bool](repeating: false, count: devices.count)
        for round in 0..<20_000 {
            // The one that was just answered is the first to come back; the others come one after the other.
            for device in [round % devices.count, (round * 7 + 3) % devices.count] where !isWaiting[device] {
                isWaiting[device] = true
                for (refused, _) in queue.admit(Self.entry(devices[device], device), now: .now) { isWaiting[refused] = false }
            }
            guard let device = queue.next(now: .now).next else { continue }
            answers[device] += 1
            isWaiting[device] = false
            isWaiting[device] = true
            for (refused, _) in queue.admit(Self.entry(devices[device], device), now: .now) { isWaiting[refused] = false }
        }
        #expect(answers.min()! * 10 >= answers.max()! * 9, "\(answers.min()!) to \(answers.max()!)")
    }

    @Test func whoWasServedLongestAgoGoesFirst() {
        var queue = FairQueue<Int>(capacity: 4)
        let (a, b, c) = (Device(), Device(), Device())
        for (device, work) in [(a, 1), (b, 2), (c, 3)] { #expect(queue.admit(Self.entry(device, work), now: .now).isEmpty) }
        #expect(queue.next(now: .now).next == 1)
        #expect(queue.admit(Self.entry(a, 4), now: .now).isEmpty)
        #expect([queue.next(now: .now).next, queue.next(now: .now).next, queue.next(now: .now).next] == [2, 3, 4])
        #expect(queue.next(now: .now).next == nil)
    }

    @Test func aFullQueueRefusesTheMostRecentlyServed() {
        var queue = FairQueue<Int>(capacity: 1)
        let (a, b) = (Device(), Device())
        queue.register(ObjectIdentifier(a))
        queue.register(ObjectIdentifier(b))
        #expect(queue.admit(Self.entry(b, 2), now: .now).isEmpty)
        // `a` was there before `b`, and waited as long.
        let displaced = queue.admit(Self.entry(a, 1), now: .now)
        #expect(displaced.map(\.0) == [2])
        #expect(displaced.map(\.1) == [.displaced])
        let refused = queue.admit(Self.entry(b, 3), now: .now)
        #expect(refused.map(\.0) == [3])
        #expect(refused.map(\.1) == [.full])
    }

    @Test func whatNoOneWaitsForIsNotServed() {
        var queue = FairQueue<Int>(capacity: 1)
        let now = ContinuousClock.now
        #expect(queue.admit(Self.entry(Device(), 1, expiry: now + .seconds(1)), now: now).isEmpty)
        // It makes room.
        let refused = queue.admit(Self.entry(Device(), 2, expiry: now + .seconds(3)), now: now + .seconds(2))
        #expect(refused.map(\.0) == [1])
        #expect(refused.map(\.1) == [.expired])
        let (next, expired) = queue.next(now: now + .seconds(4))
        #expect(next == nil)
        #expect(expired.map(\.0) == [2])
    }
}
