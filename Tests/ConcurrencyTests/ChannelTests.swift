import Concurrency
import Synchronization
import Testing

@Suite struct ChannelTests {
    private struct Failure: Error, Equatable {}

    @Test func elementsComeInOrderAndThenTheEnd() throws {
        let channel = Channel<Int, Failure>(capacity: 3)
        for number in 0..<3 { #expect(channel.send(number)) }
        channel.finish()
        for number in 0..<3 { #expect(try channel.receive()?.element == number) }
        #expect(try channel.receive() == nil)
        #expect(try channel.receive() == nil)
    }

    @Test func theOldestIsDroppedAndCounted() throws {
        let channel = Channel<Int, Failure>(capacity: 2, overflow: .dropOldest)
        for number in 0..<5 { #expect(channel.send(number)) }
        let first = try channel.receive()
        #expect(first?.element == 3)
        #expect(first?.dropped == 3)
        #expect(try channel.receive()?.dropped == 0)
    }

    @Test func whatWeighsLessTakesLessRoom() throws {
        let channel = Channel<Int, Failure>(capacity: 4, overflow: .dropOldest, weight: { $0 })
        for number in [1, 1, 1, 4, 1, 3] { #expect(channel.send(number)) }
        channel.finish()
        // At 7 the three and the 4 make room for a 1, which makes it for a 3.
        #expect(try channel.receive()?.element == 1)
        let last = try channel.receive()
        #expect(last?.element == 3)
        #expect(try channel.receive() == nil)
    }

    @Test func aFailureIsThrownOnceAfterTheElements() throws {
        let channel = Channel<Int, Failure>(capacity: 2)
        #expect(channel.send(1))
        channel.finish(.failure(Failure()))
        #expect(try channel.receive()?.element == 1)
        #expect(throws: Failure()) { try channel.receive() }
        #expect(try channel.receive() == nil)
    }

    @Test func cancellingWakesWhoSendsIntoAFullChannel() throws {
        let channel = Channel<Int, Failure>(capacity: 1)
        #expect(channel.send(1))
        let answers = Mutex<[Bool]>([])
        onThreads(2, named: "test") { number in
            if number == 0 { channel.cancel() } else { answers.withLock { $0.append(channel.send(2)) } }
        }
        #expect(answers.withLock { $0 } == [false])
        #expect(try channel.receive() == nil)
        #expect(!channel.send(3))
    }

    @Test func everyThreadHasItsNumber() {
        let numbers = Mutex<[Int]>([])
        onThreads(8, named: "test") { number in numbers.withLock { $0.append(number) } }
        #expect(numbers.withLock { $0.sorted() } == Array(0..<8))
    }
}
