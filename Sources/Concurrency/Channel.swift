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
    private var elements: [Element] = []
    private var end: Result<Void, Failure>?
    private var isCancelled = false
    private var dropped = 0

    /// - Parameter capacity: elements that may wait, 1 or more.
    package init(capacity: Int, overflow: Overflow = .wait) {
        precondition(capacity >= 1, "a channel needs room for an element")
        (self.capacity, self.overflow) = (capacity, overflow)
    }

    /// Waits for room, or makes it.
    /// - Returns: false when nobody wants any more.
    package func send(_ element: Element) -> Bool {
        condition.withLock {
            while elements.count >= capacity, overflow == .wait, !isCancelled { condition.wait() }
            if isCancelled { return false }
            if elements.count >= capacity {
                elements.removeFirst()
                dropped += 1
            }
            elements.append(element)
            condition.broadcast()
            return true
        }
    }

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
        let result: Result<(Element, Int)?, Failure> = condition.withLock {
            while elements.isEmpty, end == nil, !isCancelled { condition.wait() }
            if isCancelled { return .success(nil) }
            if !elements.isEmpty {
                defer { dropped = 0 }
                let element = elements.removeFirst()
                // A sender that was woken for each would stop again after one.
                if elements.count <= capacity / 2 { condition.broadcast() }
                return .success((element, dropped))
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
            elements.removeAll()
            condition.broadcast()
        }
    }
}
