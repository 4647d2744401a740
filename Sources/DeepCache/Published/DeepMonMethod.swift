import Vision

/// DeepMon (MobiSys'17): blocks of equal colors at the same place of consecutive pictures; the first convolutions reuse
/// what was computed for them, everything after those is computed in full.
///
/// Not published, and chosen here: the histograms and their threshold (`HistogramMatcher`), how many convolutions
/// are cached (half), that only the input is compared and regions follow by geometry, and a full frame every 10, without
/// which reused outputs would be kept for good.
final class DeepMonMethod: PublishedMethod {
    let matcher: any Matcher
    let refresh: Int?
    private let cachedLayers: Int?

    init(_ picture: PixelBuffer, options: DeepMonOptions) {
        matcher = HistogramMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes,
            settings: options.histogram)
        (refresh, cachedLayers) = (options.refresh, options.cachedLayers)
    }

    func prepare(_ session: IncrementalSession) {
        let cached = cachedLayers ?? (session.convolutionCount + 1) / 2
        session.inputRule = .recomputed
        session.setRules { _, traits in
            // What follows the last cached convolution, its activation say, is cached up to the next convolution.
            let position = traits.isConvolution ? traits.convolutionsBefore : traits.convolutionsBefore - 1
            return position < cached ? .kept(unlessAbove: 1, orSide: 0) : .dense
        }
    }
}
