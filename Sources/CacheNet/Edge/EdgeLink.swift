import Concurrency
import CacheNet
import Vision

/// Asks the edge for one frame's answer at a time, and gives it a rest after it failed.
struct EdgeLink {
    enum Outcome {
        case answer(EdgeAnswer)
        /// As records name it.
        case failed(reason: String)
    }

    private let service: any EdgeService
    private let models: RoutedModels
    private var backOff = BackOff()

    init(_ service: any EdgeService, _ models: RoutedModels) { (self.service, self.models) = (service, models) }

    /// Whether the edge would be asked now.
    var isOpen: Bool { backOff.isOver() }

    /// - Returns: what came of it, and the milliseconds that took.
    mutating func ask(_ picture: PixelBuffer, _ placement: Placement) -> (Outcome, Double) {
        guard isOpen else { return (.failed(reason: "edge_backoff"), 0) }
        let watch = Stopwatch()
        do throws(EdgeError) {
            let request = EdgeRequest(pixels: picture.pixels, channels: picture.channels, placement: placement)
            let answer = try service.infer(request, deadline: models.options.deadline)
                .checked(models.manifest, models.profile.labels, placement)
            backOff.succeeded()
            return (.answer(answer), watch.milliseconds)
        } catch {
            backOff.failed(retryAfter: error.retryAfter)
            return (.failed(reason: error.reason), watch.milliseconds)
        }
    }
}

extension PixelBuffer {
    /// Interleaved, row by row, without what pads the rows.
    var pixels: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: width * height * channels) { bytes, count in
            for y in 0..<height { _ = bytes[(y * width * channels)...].update(fromContentsOf: row(y)) }
            count = width * height * channels
        }
    }
}
