import DeepCache
import Models
import Video
import Vision

/// Adds noise of the clip's own strength to some frames and tells how dense inference agrees with itself.
final class FloorMeter {
    /// A frame in so many is measured, at random places.
    private static let interval = 10

    private var sampler = AuditSampler(seed: 1, stretch: FloorMeter.interval)
    private var matcher: BlockMatcher?
    private var noisy: NoisyPicture?

    /// Another input.
    func begin() { (sampler, matcher) = (AuditSampler(seed: 1, stretch: Self.interval), nil) }

    /// - Parameters:
    ///   - exact: the analyzer's answer to the frame.
    ///   - analyzer: a dense one.
    /// - Returns: nil for frames that are not measured.
    func measure(
        _ frame: Frame, _ exact: HeadResult, by analyzer: ModelAnalyzer, score: Float, rule: Agreement.Rule
    ) throws(DeepVidError) -> AuditedFrame.Floor? {
        let prepared = try analyzer.preparer.prepare(frame), picture = prepared.pixels
        let matcher =
            matcher
            ?? BlockMatcher(width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes)
        let isFirst = self.matcher == nil
        self.matcher = matcher
        let isDrawn = sampler.next(cost: 1, isUncertain: true)
        // Against the frame before, which there is none of at first.
        var strength: Float?
        if isDrawn, !isFirst {
            matcher.compare(picture.base)
            strength = matcher.noise
        }
        matcher.accept(picture.base)
        guard let strength else { return nil }
        let copy = noisy ?? NoisyPicture(like: picture)
        noisy = copy
        copy.take(picture, noise: strength)
        let again = try analyzer.analyze(prepared.replacing(copy.buffer)).answer
        return AuditedFrame.Floor(agreement: Agreement.between(again, exact, score: score, rule: rule), noise: Double(strength))
    }
}
