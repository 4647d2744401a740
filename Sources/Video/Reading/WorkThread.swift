import Foundation

/// Starts a thread that nobody joins, with as much stack as the main thread usually has: FFmpeg may run on it.
///
/// - Returns: false when the system has no thread left (`ulimit -u`, `ulimit -v`, a container's limit of processes). Foundation's
///   `Thread` says nothing then, and whoever waits for what it does waits for ever.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Cargo {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 8 << 20)
    let context = Unmanaged.passRetained(Cargo(name, body))
    var thread = pthread_t()
    let failed = pthread_create(
        &thread, &attributes,
        { context in
            let cargo = Unmanaged<Cargo>.fromOpaque(context!).takeRetainedValue()
            Thread.current.name = cargo.name
            cargo.body()
            return nil
        }, context.toOpaque())
    if failed != 0 { context.release() }
    return failed == 0
}

/// What to say when `startThread` gives false.
package let threadShortage = "the system starts no more threads; raise its limits (ulimit -u, ulimit -v) or do less at a time"
