import CMosquitto
import Concurrency
import DeepVid
import Foundation

/// A connection to a broker, which comes back by itself. All of libmosquitto is called from one thread, so that nobody else waits for it.
///
/// `@unchecked Sendable`: every variable is touched under the condition's lock only, and the handle by the thread alone.
final class MQTTConnection: @unchecked Sendable {
    /// Messages that may wait for the broker; then the oldest are dropped. States are not among them: of each, the last one waits.
    static let capacity = 1000
    /// Messages that are sent and not confirmed, at most: as many as the library keeps in flight.
    private static let mostUnconfirmed = 20
    /// Milliseconds that the thread waits for the broker before it looks for messages to send.
    private static let interval: Int32 = 100
    /// Seconds between signs of life; a broker that gives none for one and a half times as long is taken for dead.
    private static let keepAlive: Int32 = 30
    /// Seconds between attempts: doubled from the first to the last.
    private static let delays = (first: 1.0, last: 30.0)

    private let address: MQTTAddress
    private let handle: OpaquePointer
    private let condition = NSCondition()
    private var messages: [(topic: String, payload: String)] = []
    /// The last of each topic, and those that the broker has not got.
    private var states: [String: String] = [:]
    private var unsent: [String] = []
    private var unconfirmed = 0
    private var isConnected = false
    private var isEnding = false
    private var hasEnded = false
    private var dropped = 0
    /// Why the broker refused the connection.
    private var refusal: String?
    private var problems = Problems()

    /// - Parameter will: state that the broker gives when this process is gone without a word.
    /// - Throws: `unusable` when the library or a thread cannot be had.
    init(_ address: MQTTAddress, will: (topic: String, payload: String)) throws(NoticeError) {
        self.address = address
        guard Self.isReady, let handle = mosquitto_new(nil, true, nil) else {
            throw NoticeError(.unusable, "--mqtt: libmosquitto could not be started")
        }
        self.handle = handle
        mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
        let payload = Array(will.payload.utf8)
        mosquitto_will_set(handle, will.topic, Int32(payload.count), payload, 1, true)
        if let user = address.user { mosquitto_username_pw_set(handle, user, address.password) }
        if address.usesTLS { mosquitto_int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1) }
        mosquitto_connect_callback_set(handle) { _, context, code in MQTTConnection.of(context).connected(code) }
        mosquitto_publish_callback_set(handle) { _, context, _ in MQTTConnection.of(context).confirmed() }
        guard startThread(named: "deepvid mqtt", { self.work() }) else { throw NoticeError(.unusable, threadShortage) }
    }

    deinit { mosquitto_destroy(handle) }

    /// Once in the process.
    private static let isReady = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue

    private static func of(_ context: UnsafeMutableRawPointer?) -> MQTTConnection {
        Unmanaged<MQTTConnection>.fromOpaque(context!).takeUnretainedValue()
    }

    // MARK: For any thread

    /// Sends something that happened, at least once. Returns at once.
    func send(_ topic: String, _ payload: String) {
        condition.withLock {
            if messages.count == Self.capacity {
                messages.removeFirst()
                dropped += 1
                if dropped == 1 {
                    problems.add("\(address.name): does not keep up; the oldest of \(Self.capacity) messages that wait are dropped")
                }
            }
            messages.append((topic, payload))
        }
    }

    /// Sets what the broker tells everybody of a topic, if it is something else than before. Returns at once.
    func set(_ topic: String, _ payload: String) {
        condition.withLock {
            guard states.updateValue(payload, forKey: topic) != payload else { return }
            if !unsent.contains(topic) { unsent.append(topic) }
        }
    }

    func takeProblems() -> [String] { condition.withLock { problems.take() } }

    /// Gives what waits a time, and then ends.
    func finish(by deadline: Date) -> [String] {
        condition.withLock {
            isEnding = true
            condition.broadcast()
            // A broker that is away now is not waited for.
            while !hasEnded, isConnected, condition.wait(until: deadline) {}
            var said = problems.take()
            let rest = messages.count + unconfirmed
            if rest > 0 { said.append("\(address.name): \(rest) messages could not be sent before the end") }
            if dropped > 1 { said.append("\(address.name): \(dropped) messages were dropped in all") }
            return said
        }
    }

    // MARK: The thread

    private func work() {
        var delay = Self.delays.first, isFirst = true
        while !condition.withLock({ isEnding }) {
            var result =
                isFirst
                ? mosquitto_connect_async(handle, address.host, Int32(address.port), Self.keepAlive) : mosquitto_reconnect_async(handle)
            // What is wrong with the call will be wrong with the next one, which needs the host.
            isFirst = isFirst && result == MOSQ_ERR_INVAL.rawValue
            if result == MOSQ_ERR_SUCCESS.rawValue { result = serve() }
            let (wasConnected, isEnding) = disconnected(result)
            if isEnding { break }
            delay = wasConnected ? Self.delays.first : min(delay * 2, Self.delays.last)
            let end = Date(timeIntervalSinceNow: delay)
            condition.withLock { while !self.isEnding, condition.wait(until: end) {} }
        }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    /// Sends what there is until the connection breaks, or all is sent at the end.
    /// - Returns: the library's number for why it ended.
    private func serve() -> Int32 {
        while true {
            let result = mosquitto_loop(handle, Self.interval, 1)
            guard result == MOSQ_ERR_SUCCESS.rawValue else { return result }
            while let (topic, payload, isState) = takeNext() {
                let bytes = Array(payload.utf8)
                let result = mosquitto_publish(handle, nil, topic, Int32(bytes.count), bytes, 1, isState)
                // A message that can never be sent, such as one with a topic that is none, is confirmed as good as any.
                if result != MOSQ_ERR_SUCCESS.rawValue { confirmed() }
            }
            let isDone = condition.withLock { isEnding && (!isConnected || messages.isEmpty && unsent.isEmpty && unconfirmed == 0) }
            if isDone {
                mosquitto_disconnect(handle)
                // Until the farewell is out.
                return mosquitto_loop(handle, Self.interval, 1)
            }
        }
    }

    /// States go first: what happens refers to them.
    private func takeNext() -> (topic: String, payload: String, isState: Bool)? {
        condition.withLock {
            guard isConnected, unconfirmed < Self.mostUnconfirmed, !unsent.isEmpty || !messages.isEmpty else { return nil }
            unconfirmed += 1
            if !unsent.isEmpty {
                let topic = unsent.removeFirst()
                return (topic, states[topic]!, true)
            }
            let message = messages.removeFirst()
            return (message.topic, message.payload, false)
        }
    }

    private func connected(_ code: Int32) {
        condition.withLock {
            guard code == 0 else {
                refusal = String(cString: mosquitto_connack_string(code))
                return
            }
            isConnected = true
            // A broker that was started anew may have forgotten them.
            unsent = states.keys.sorted()
        }
    }

    private func confirmed() { condition.withLock { unconfirmed -= 1 } }

    private func disconnected(_ result: Int32) -> (wasConnected: Bool, isEnding: Bool) {
        let system = errno
        return condition.withLock {
            let wasConnected = isConnected
            isConnected = false
            condition.broadcast()
            if isEnding { return (wasConnected, true) }
            let said = result == MOSQ_ERR_ERRNO.rawValue ? UnsafePointer(strerror(system)!) : mosquitto_strerror(result)!
            let reason = refusal ?? String(cString: said)
            refusal = nil
            problems.add("\(address.name): \(reason.lowercasedFirst); trying again")
            return (wasConnected, false)
        }
    }
}

extension String {
    /// Within a sentence.
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
