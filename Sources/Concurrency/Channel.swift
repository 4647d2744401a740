import Foundation

/// A bounded queue between threads: elements come out in the order in which they went in, and then how it ended.
///
/// `@unchecked Sendable`: every variable is touched under the condition's lock only.
public final class Channel<Element, Failure: Error>: @unchecked Sendable {
    /// What a full channel does.
    public enum Overflow: Sendable {
        /// The sender waits; nothing is lost.
        case wait
        /// The oldest waiting element is dropped.
        case dropOldest
    }

    private let condition = NSCondition()
    private let capacity: Int
    private let overflow: Overflow
    private let weight: @Sendable (Element) -> Int
    /// Those that came last in their order, and before them the others, the next one last: so taking one moves no others.
    private var (newer, older): ([Element], [Element]) = ([], [])
    /// The weight of all.
    private var load = 0
    private var end: Result<Void, Failure>?
    private var isCancelled = false
    private var dropped = 0

    /// - Parameters:
    ///   - capacity: from which weight of waiting elements on another one does not fit; 1 or more.
    ///   - weight: of an element, 0 or more.
    package init(capacity: Int, overflow: Overflow = .wait, weight: @escaping @Sendable (Element) -> Int = { _ in 1 }) {
        precondition(capacity >= 1, "a channel needs room for an element")
        (self.capacity, self.overflow, self.weight) = (capacity, overflow, weight)
    }

    /// Waits for room, or makes it.
    /// - Parameter wakes: whether a receiver that waits is woken at once; else when a quarter of the capacity waits, or by `wake()`. To be woken
    ///   for each of many elements costs more than to take them.
    /// - Returns: false when nobody wants any more.
    package func send(_ element: Element, wakes: Bool = true) -> Bool {
        condition.withLock {
            while load >= capacity, overflow == .wait, !isCancelled { condition.wait() }
            if isCancelled { return false }
            while load >= capacity, takeFirst() != nil { dropped += 1 }
            newer.append(element)
            load += weight(element)
            if wakes || load >= capacity / 4 { condition.broadcast() }
            return true
        }
    }

    /// Wakes a receiver for what was sent without waking it.
    package func wake() { condition.withLock { condition.broadcast() } }

    /// There will be no more elements; `result` says why.
    package func finish(_ result: Result<Void, Failure> = .success(())) {
        condition.withLock {
            end = result
            condition.broadcast()
        }
    }

    /// Waits for the next element. Elements before a failure come out first; the failure is thrown once. Once nil, always nil.
    ///
    /// - Returns: the element, and how many were dropped since the one before it. Nil at the end and after `cancel`.
    package func receive() throws(Failure) -> (element: Element, dropped: Int)? {
        try receive(weighing: 0).map { ($0.elements[0], $0.dropped) }
    }

    /// The same, with those after it that wait already, as long as together they weigh no more than `most`: where there are many, to take each by
    /// itself costs more than they do.
    package func receive(weighing most: Int) throws(Failure) -> (elements: [Element], dropped: Int)? {
        let result: Result<([Element], Int)?, Failure> = condition.withLock {
            while newer.isEmpty, older.isEmpty, end == nil, !isCancelled { condition.wait() }
            if isCancelled { return .success(nil) }
            let before = load
            if let first = takeFirst() {
                defer { dropped = 0 }
                var elements = [first]
                while let next = older.last ?? newer.first, before - load + weight(next) <= most, let element = takeFirst() {
                    elements.append(element)
                }
                // A sender that was woken for each would stop again after one.
                if load <= capacity / 2 { condition.broadcast() }
                return .success((elements, dropped))
            }
            defer { end = .success(()) }
            return end!.map { nil }
        }
        return try result.get()
    }

    /// Discards what waits: senders are told that nobody wants more, receivers that there is no more.
    package func cancel() {
        condition.withLock {
            isCancelled = true
            (newer, older, load) = ([], [], 0)
            condition.broadcast()
        }
    }

    private func takeFirst() -> Element? {
        if older.isEmpty { (older, newer) = (newer.reversed(), []) }
        guard let element = older.popLast() else { return nil }
        load -= weight(element)
        return element
    }
}
