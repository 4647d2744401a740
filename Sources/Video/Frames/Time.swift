import CFFmpeg
import Glibc

/// An exact fraction, as FFmpeg uses for time bases, frame rates and aspect ratios.
///
/// Not normalised: 1/25 and 2/50 are different values, because a container's time base is reported as it is written.
public struct Rational: Sendable, Hashable, CustomStringConvertible {
    public let numerator: Int32
    public let denominator: Int32

    public init(_ numerator: Int32, _ denominator: Int32) {
        (self.numerator, self.denominator) = (numerator, denominator)
    }

    init(_ value: AVRational) { self.init(value.num, value.den) }

    var av: AVRational { AVRational(num: numerator, den: denominator) }

    /// The fraction as a `Double`; `nil` when the denominator is 0 (FFmpeg's "unknown").
    public var value: Double? {
        denominator == 0 ? nil : Double(numerator) / Double(denominator)
    }

    /// `pts` ticks of this time base, in seconds. 0 when the time base is unknown.
    public func seconds(of pts: Int64) -> Double {
        // Multiplying first keeps the common case (1/n) correctly rounded: one division only.
        denominator == 0 ? 0 : Double(pts) * Double(numerator) / Double(denominator)
    }

    /// The number of ticks nearest to `seconds`, saturating instead of trapping on absurd input.
    public func ticks(of seconds: Double) -> Int64 {
        guard numerator != 0, seconds.isFinite else { return 0 }
        let ticks = (seconds * Double(denominator) / Double(numerator)).rounded()
        return Int64(exactly: ticks) ?? (ticks < 0 ? .min / 2 : .max / 2)
    }

    public var description: String { "\(numerator)/\(denominator)" }
}

/// When something was received, by both clocks.
public struct Arrival: Sendable, Hashable {
    /// `CLOCK_MONOTONIC`, in nanoseconds: for differences.
    public let monotonic: UInt64
    /// Seconds since 1970, UTC: for people.
    public let wall: Double

    /// - Parameter monotonic: may lie in the past or future; the wall clock is taken back or forth by as much.
    init(monotonic: UInt64 = monotonicNanoseconds()) {
        self.monotonic = monotonic
        let wall = Double(nanoseconds(of: CLOCK_REALTIME)) / 1e9
        self.wall = wall + (Double(monotonic) - Double(monotonicNanoseconds())) / 1e9
    }

    public static var now: Arrival { Arrival() }

    /// Seconds from another arrival to this one; negative where this one was earlier. Frames are in the order of their showing, so a later one
    /// may have arrived before an earlier one.
    public func seconds(after other: Arrival) -> Double { (Double(monotonic) - Double(other.monotonic)) / 1e9 }

    /// Milliseconds since then.
    public var age: Double { (Double(monotonicNanoseconds()) - Double(monotonic)) / 1e6 }
}

/// `CLOCK_MONOTONIC` in nanoseconds.
func monotonicNanoseconds() -> UInt64 { nanoseconds(of: CLOCK_MONOTONIC) }

private func nanoseconds(of clock: clockid_t) -> UInt64 {
    var now = timespec()
    clock_gettime(clock, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
