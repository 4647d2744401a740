import Glibc
import Synchronization

/// How much a line for people matters. The raw values are those of syslog(3).
public enum Level: Int, Sendable {
    case error = 3
    case warning = 4
    case info = 6

    /// As programs read it.
    public var name: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .info: "info"
        }
    }
}

/// Who started this process and wants to know how it is, by the protocol of sd_notify(3): systemd, or `deepvid run`.
public final class ServiceManager: Sendable {
    /// That the input cannot be used as it is, and trying again is of no use: for `deepvid run`. What begins with `X_` is no concern of
    /// systemd's.
    public static let inputIsBad = "X_DEEPVID_INPUT=bad"

    /// That the output cannot be written at present, such as on a full disk: for `deepvid run`.
    public static let outputIsBad = "X_DEEPVID_OUTPUT=bad"

    /// Nil where nobody asks.
    public static let shared = ServiceManager()

    private let descriptor: Int32
    private let path: String
    /// When the last sign of life was given, in nanoseconds of the monotonic clock.
    private let last = Atomic<UInt64>(0)
    /// More than one a second says nothing new.
    private static let interval: UInt64 = 1_000_000_000

    /// Takes the socket out of the environment, so that what this process starts does not speak for it.
    private init?() {
        guard let value = getenv("NOTIFY_SOCKET") else { return nil }
        path = String(cString: value)
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] { unsetenv(name) }
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0, path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
    }

    /// Says something, such as `READY=1`. What cannot be said is not worth failing for.
    public func tell(_ message: String) {
        var bytes = Array(path.utf8)
        // An abstract name begins with 0.
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        UnixAddress(bytes)?.withPointer { address, length in _ = sendto(descriptor, message, message.utf8.count, 0, address, length) }
    }

    /// Gives a sign of life. Costs next to nothing; safe to call from any thread.
    public func beat() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        let before = last.load(ordering: .relaxed)
        guard now - min(now, before) >= Self.interval,
            last.compareExchange(expected: before, desired: now, ordering: .relaxed).exchanged
        else { return }
        tell("WATCHDOG=1")
    }
}

/// The address of a socket of this machine.
struct UnixAddress {
    private var address = sockaddr_un()
    private let length: socklen_t

    /// - Parameter path: beginning with 0 for an abstract name.
    /// - Returns: nil where it is too long.
    init?(_ path: [UInt8]) {
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address) { $0[start...].copyBytes(from: path) }
        length = socklen_t(start + path.count)
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) } }
    }
}
