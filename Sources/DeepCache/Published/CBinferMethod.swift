import Vision

/// CBinfer (ICDSC'17): every convolution computes the outputs that a changed input pixel reaches, and a pixel changed if a
/// channel moved by more than its layer's threshold. Only changed pixels are taken into the stored state (the paper's
/// feedback loop), so no error adds up over frames. There is no full frame after the first.
///
/// Convolutions of 1×1 go by their producer's list without comparing again, and so does whatever is no convolution.
///
/// The paper tunes the thresholds offline, layer by layer, on labelled data. Here each is the same share of the root mean
/// square of its layer's values in the first frame, and that of the picture likewise.
final class CBinferMethod: PublishedMethod {
    private let pixels: PixelMatcher
    private let options: CBinferOptions
    private let levelScale: Float

    init(_ picture: PixelBuffer, normalization: Normalization, options: CBinferOptions) {
        pixels = PixelMatcher(width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes)
        self.options = options
        levelScale = normalization.scale.map(abs).max() ?? 1
    }

    var refresh: Int? { nil }
    var matcher: any Matcher { pixels }

    func prepare(_ session: IncrementalSession) {
        let share = Float(options.threshold)
        // Levels are whole numbers: rounding down is on the safe side.
        pixels.threshold = UInt8(max(0, min(255, share * session.rootMeanSquare(of: nil) / levelScale)))
        session.setRules { layer, traits in
            traits.isReadByWindows ? .compared(tolerance: share * session.rootMeanSquare(of: layer)) : .kept(unlessAbove: 1, orSide: 0)
        }
    }
}
