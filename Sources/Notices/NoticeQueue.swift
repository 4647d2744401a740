import Concurrency
import DeepVid
import Foundation
import Results

/// Somebody who is told of notices, one after the other.
protocol Teller: Sendable {
    /// For messages, without secrets.
    var name: String { get }
    /// Returns when it is told. Called from one thread at a time, and not for ever: it has time-outs of its own.
    func tell(_ notice: NoticeRecord) throws(NoticeError)
    /// Ends what `tell` is doing as soon as possible: the process wants to end. Called from another thread.
    func abandon()
}

/// Notices on their way to somebody, told from a thread of its own: whoever adds them never waits.
///
/// `@unchecked Sendable`: every variable is touched under the condition's lock only.
final class NoticeQueue: @unchecked Sendable {
    /// Notices that may wait; then the oldest are dropped. With a kilobyte each, a megabyte.
    static let capacity = 1000
    /// Seconds before another attempt, by the number of attempts so far; after the last, the notice is given up. Together a minute and a
    /// half: a server that is restarted is back by then, and what is older than that is news no more.
    static let delays = [1.0, 2, 4, 8, 16, 30, 30]

    private let teller: any Teller
    private let condition = NSCondition()
    private var waiting: [NoticeRecord] = []
    private var isTelling = false
    private var isEnding = false
    private var isAbandoned = false
    private var dropped = 0
    private var problems = Problems()

    private let delays: [Double]

    /// - Throws: `unusable` when the system starts no thread.
    init(_ teller: any Teller, delays: [Double] = NoticeQueue.delays) throws(NoticeError) {
        (self.teller, self.delays) = (teller, delays)
        guard startThread(named: "deepvid notices", { self.work() }) else { throw NoticeError(.unusable, threadShortage) }
    }

    func add(_ notice: NoticeRecord) {
        condition.withLock {
            if waiting.count == Self.capacity {
                waiting.removeFirst()
                dropped += 1
                if dropped == 1 {
                    problems.add("\(teller.name): does not keep up; the oldest of \(Self.capacity) notices that wait are dropped")
                }
            }
            waiting.append(notice)
            condition.signal()
        }
    }

    func takeProblems() -> [String] { condition.withLock { problems.take() } }

    /// Gives what waits a time, and then gives it up.
    /// - Returns: what there is to say of the whole.
    func finish(by deadline: Date) -> [String] {
        condition.withLock {
            isEnding = true
            condition.broadcast()
            while isTelling || !waiting.isEmpty, condition.wait(until: deadline) {}
            isAbandoned = true
            condition.broadcast()
            let rest = waiting.count + (isTelling ? 1 : 0)
            if rest > 0 { teller.abandon() }
            var said = problems.take()
            if rest > 0 { said.append("\(teller.name): \(rest) notices could not be told before the end") }
            let lost = problems.count - (dropped > 0 ? 1 : 0) + dropped
            if lost > 1 { said.append("\(teller.name): \(lost) notices were lost in all") }
            return said
        }
    }

    private func work() {
        while let notice = take() {
            var attempt = 0
            while true {
                do throws(NoticeError) {
                    try teller.tell(notice)
                    break
                } catch {
                    guard error.code == .again, attempt < delays.count, sleep(delays[attempt]) else {
                        condition.withLock { if !isAbandoned { problems.add("\(teller.name): \(error.message)") } }
                        break
                    }
                    attempt += 1
                }
            }
        }
    }

    /// Waits for the next notice; nil at the end.
    private func take() -> NoticeRecord? {
        condition.withLock {
            isTelling = false
            condition.broadcast()
            while waiting.isEmpty, !isEnding { condition.wait() }
            guard !waiting.isEmpty, !isAbandoned else { return nil }
            isTelling = true
            return waiting.removeFirst()
        }
    }

    /// - Returns: false when nobody waits for another attempt any more.
    private func sleep(_ seconds: Double) -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        return condition.withLock {
            while !isAbandoned, condition.wait(until: end) {}
            return !isAbandoned
        }
    }
}
