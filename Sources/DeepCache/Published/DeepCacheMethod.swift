import Vision

/// DeepCache (MobiCom'18): blocks found in the previous picture at one displacement, and from there by geometry alone.
///
/// The outputs of convolutions are what is cached; the other layers are computed in full. A convolution runs in full where
/// more than 0.8 of it is touched or a side is at most 5 pixels, as in the authors' code. What is cached was partly reused
/// itself, so errors add up until the next full frame.
///
/// Unlike that code, regions and displacements are exact (docs/architecture.md, "Incremental inference"): a layer whose cumulative
/// stride does not divide the displacement is computed in full instead of being reused some pixels off.
final class DeepCacheMethod: PublishedMethod {
    private let diamond: DiamondMatcher
    let refresh: Int?

    init(_ picture: PixelBuffer, options: DeepCacheOptions) {
        diamond = DiamondMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, settings: options.search)
        refresh = options.refresh
    }

    var matcher: any Matcher { diamond }

    func match(_ picture: PixelBuffer, candidates: [Motion]) -> Match { diamond.match(picture.base, candidates: candidates) }

    func prepare(_ session: IncrementalSession) {
        session.inputRule = .recomputed
        session.setRules { _, traits in traits.isConvolution ? .kept(unlessAbove: 0.8, orSide: 5) : .recomputed }
    }
}
