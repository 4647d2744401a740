import Concurrency
import Models
import Vision

/// Asks the edge for one frame's answer at a time, and asks it less often after it failed.
package struct EdgeLink {
    package enum Outcome {
        case answer(EdgeAnswer, milliseconds: Double)
        /// - Parameters:
        ///   - reason: as records name it.
        ///   - milliseconds: nil if the edge was not asked.
        ///   - isInvalid: whether the edge's answer did not fit what is known of its bundle, which may have changed.
        case failed(reason: String, milliseconds: Double?, isInvalid: Bool)
    }

    /// The reason for not asking right after a failure.
    static let backOffReason = "edge_backoff"

    private let service: any EdgeService
    private let deadline: Duration
    private let labels: Labels
    private var backOff = BackOff()

    /// - Parameter labels: of the bundle's card, as this device has them.
    package init(_ service: any EdgeService, deadline: Duration, labels: Labels) {
        (self.service, self.deadline, self.labels) = (service, deadline, labels)
    }

    /// Whether the edge would be asked now.
    package var isOpen: Bool { backOff.isOver() }

    package mutating func ask(_ picture: PixelBuffer, _ placement: Placement, _ manifest: BundleManifest) -> Outcome {
        guard isOpen else { return .failed(reason: Self.backOffReason, milliseconds: nil, isInvalid: false) }
        let watch = Stopwatch()
        do throws(EdgeError) {
            let request = EdgeRequest(pixels: picture.pixels, channels: picture.channels, placement: placement)
            let answer = try service.infer(request, deadline: deadline).checked(manifest, labels, placement)
            backOff = BackOff()
            return .answer(answer, milliseconds: watch.milliseconds)
        } catch {
            backOff.recordFailure(retryAfter: error.retryAfter)
            return .failed(reason: error.reason, milliseconds: watch.milliseconds, isInvalid: error.code == .invalidAnswer)
        }
    }
}

extension PixelBuffer {
    /// Interleaved, row by row, without what pads the rows.
    fileprivate var pixels: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: width * height * channels) { bytes, count in
            for y in 0..<height { _ = bytes[(y * width * channels)...].update(fromContentsOf: row(y)) }
            count = width * height * channels
        }
    }
}

/// When the edge is asked again after it gave no answer: twice as late each time, so that a device does not wait for it at every frame.
struct BackOff: Sendable, Equatable {
    static let shortest = Duration.milliseconds(250)
    static let longest = Duration.seconds(30)

    private var failures = 0
    private var until: ContinuousClock.Instant?

    /// Whether it is time to ask.
    func isOver(_ now: ContinuousClock.Instant = .now) -> Bool { until.map { now >= $0 } ?? true }

    /// - Parameter retryAfter: what the edge asked for, if anything; more than `longest` is not believed.
    mutating func recordFailure(_ now: ContinuousClock.Instant = .now, retryAfter: Duration? = nil) {
        let usual = min(Self.shortest * (1 << min(failures, 10)), Self.longest)
        failures += 1
        until = now + min(max(usual, retryAfter ?? .zero), Self.longest)
    }
}
