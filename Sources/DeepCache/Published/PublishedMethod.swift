import Vision

/// One of the published ways to reuse computation: how pictures are compared, and what every layer makes of it.
struct PublishedMethod {
    let matcher: any Matcher
    /// Frames from one that is computed in full to the next; nil for never.
    var refresh: Int?
    /// Why a frame of which everything changed is computed.
    var fullReason = ReuseReason.sceneCut
    /// Sets the session's rules, after the first frame of an input was computed in full.
    let prepare: (IncrementalSession) -> Void

    /// DeepCache (MobiCom'18): blocks found in the previous picture at one displacement, and from there by geometry alone.
    ///
    /// The outputs of convolutions are what is cached; the other layers are computed in full. A convolution runs in full where
    /// more than 0.8 of it is touched or a side is at most 5 pixels, as in the authors' code. What is cached was partly reused
    /// itself, so errors add up until the next full frame.
    ///
    /// Unlike that code, regions and displacements are exact (docs/architecture.md, "Incremental inference"): a layer whose cumulative
    /// stride does not divide the displacement is computed in full instead of being reused some pixels off.
    static func deepCache(_ picture: PixelBuffer, _ options: DeepCacheOptions) -> PublishedMethod {
        let matcher = DiamondMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, options: options)
        return PublishedMethod(matcher: matcher, refresh: options.refresh) { session in
            session.inputRule = .recomputed
            session.setRules { _, traits in traits.isConvolution ? .kept(unlessAbove: 0.8, orSide: 5) : .recomputed }
        }
    }

    /// DeepMon (MobiSys'17): blocks of equal colors at the same place of consecutive pictures; the first convolutions reuse
    /// what was computed for them, everything after those is computed in full.
    ///
    /// Not published, and chosen here: the histograms and their threshold (`HistogramMatcher`), how many convolutions
    /// are cached (half), that only the input is compared and regions follow by geometry, and a full frame every 10, without
    /// which reused outputs would be kept for good.
    static func deepMon(_ picture: PixelBuffer, _ options: DeepMonOptions) -> PublishedMethod {
        let matcher = HistogramMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, options: options)
        return PublishedMethod(matcher: matcher, refresh: options.refresh) { session in
            let cached = options.cachedLayers ?? (session.convolutionCount + 1) / 2
            session.inputRule = .recomputed
            session.setRules { _, traits in
                // What follows the last cached convolution, its activation say, is cached up to the next convolution.
                let position = traits.isConvolution ? traits.convolutionsBefore : traits.convolutionsBefore - 1
                return position < cached ? .kept(unlessAbove: 1, orSide: 0) : .dense
            }
        }
    }

    /// Motion-gated detection, as recorders do it (`BackgroundMatcher`): the whole network or nothing.
    static func motion(_ picture: PixelBuffer, _ options: MotionOptions) -> PublishedMethod {
        let matcher = BackgroundMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, options: options)
        return PublishedMethod(matcher: matcher, refresh: options.refresh, fullReason: .motion) { _ in }
    }

    /// CBinfer (ICDSC'17): every convolution computes the outputs that a changed input pixel reaches, and a pixel changed if a
    /// channel moved by more than its layer's threshold. Only changed pixels are taken into the stored state (the paper's
    /// feedback loop), so no error adds up over frames. There is no full frame after the first.
    ///
    /// Convolutions of 1×1 go by their producer's list without comparing again, and so does whatever is no convolution.
    ///
    /// The paper tunes the thresholds offline, layer by layer, on labelled data. Here each is the same share of the root mean
    /// square of its layer's values in the first frame, and that of the picture likewise.
    static func cbinfer(_ picture: PixelBuffer, _ options: CBinferOptions, _ normalization: Normalization) -> PublishedMethod {
        let matcher = PixelMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes)
        return PublishedMethod(matcher: matcher) { session in
            let share = Float(options.threshold), levelScale = normalization.scale.map(abs).max() ?? 1
            // Levels are whole numbers: rounding down is on the safe side.
            matcher.threshold = UInt8(max(0, min(255, share * session.rootMeanSquare(of: nil) / levelScale)))
            session.setRules { layer, traits in
                traits.isReadByWindows ? .compared(tolerance: share * session.rootMeanSquare(of: layer)) : .kept(unlessAbove: 1, orSide: 0)
            }
        }
    }
}
