import CacheNet
import Synchronization

/// Handles that are not in use, with connections that are still open. One for each thread that asks at the same time.
final class HandlePool: Sendable {
    /// A handle in the pool is no one's; one that was taken is its taker's.
    private struct Idle: @unchecked Sendable { var handles: [CurlHandle] = [] }

    private let idle = Mutex(Idle())
    private let settings: CurlHandle.Settings
    private static let most = 8

    init(_ settings: CurlHandle.Settings) { self.settings = settings }

    func with<T>(_ body: (CurlHandle) throws(EdgeError) -> T) throws(EdgeError) -> T {
        let taken = idle.withLock { idle in Taken(handle: idle.handles.popLast()) }
        let handle = if let handle = taken.handle { handle } else { try CurlHandle(settings) }
        let result = try body(handle)
        // After a failure the handle goes, and its connection with it: what is left on it is not the next answer.
        let back = Taken(handle: handle)
        idle.withLock { idle in
            if idle.handles.count < Self.most, let handle = back.handle { idle.handles.append(handle) }
        }
        return result
    }

    private struct Taken: @unchecked Sendable { var handle: CurlHandle? }
}
