import CKernels

/// CBinfer's change detection on the input picture: a pixel changed if any channel moved by more than a threshold.
///
/// Only changed pixels are taken into the reference (the paper's feedback loop), so that slow drift adds up until it is
/// seen and a resting pixel is never further from its reference than the threshold.
public final class PixelMatcher: Matcher {
    private let width: Int
    private let height: Int
    private let channels: Int
    private let rowBytes: Int
    /// Difference in levels up to which a pixel rests; 0 tells any difference.
    public var threshold: UInt8 = 0
    private let reference: UnsafeMutablePointer<UInt8>
    private var flags: [UInt8]
    private var spans: [dv_span]

    /// - Parameter rowBytes: distance between the starts of two rows of every picture given.
    public init(width: Int, height: Int, channels: Int, rowBytes: Int) {
        (self.width, self.height, self.channels, self.rowBytes) = (width, height, channels, rowBytes)
        reference = .allocate(capacity: rowBytes * height)
        reference.initialize(repeating: 0, count: rowBytes * height)
        flags = Array(repeating: 0, count: width)
        spans = Array(repeating: dv_span(), count: width / 2 + 1)
    }

    deinit { reference.deallocate() }

    /// - Complexity: O(width · height · channels).
    public func match(_ picture: UnsafePointer<UInt8>, candidates: [Motion]) -> Match {
        var match = Match()
        var pixels = 0
        for y in 0..<height {
            let count = dv_pixel_changes(
                picture + y * rowBytes, reference + y * rowBytes, Int32(width), Int32(channels), threshold, &flags)
            guard count > 0 else { continue }
            pixels += count
            let runs = dv_mask_spans(flags, Int32(y), Int32(width), &spans)
            match.changed.append(contentsOf: spans.prefix(runs))
        }
        match.share = Double(pixels) / Double(width * height)
        return match
    }

    public func accept(_ match: Match, _ picture: UnsafePointer<UInt8>) {
        for span in match.changed {
            let start = Int(span.row) * rowBytes + Int(span.begin) * channels
            (reference + start).update(from: picture + start, count: Int(span.end - span.begin) * channels)
        }
    }

    public func accept(_ picture: UnsafePointer<UInt8>) { reference.update(from: picture, count: rowBytes * height) }
}
