import CFFmpeg

extension Frame {
    /// What a made frame says of itself beside its pixels.
    package struct Traits: Sendable {
        package var matrix: ColourMatrix = .bt601
        package var range: ColourRange = .limited
        package var orientation = Orientation.identity
        /// FFmpeg's number: 0 unspecified, 1 left, 2 centre, 3 top left…
        package var chromaLocation: UInt32 = 0
        package var index = 0
        package var pts: Int64? = 0
        package var timeBase = Rational(1, 25)

        package init() {}
    }

    /// Makes a frame without a video, for the tests of this package.
    ///
    /// `fill` is called for each plane with its number, its bytes, and the bytes from one row to the next.
    /// `nil` for a pixel format name that FFmpeg does not know.
    package init?(
        pixelFormat: String, width: Int, height: Int, traits: Traits = Traits(),
        fill: (_ plane: Int, _ bytes: UnsafeMutableBufferPointer<UInt8>, _ stride: Int) -> Void
    ) {
        let format = av_get_pix_fmt(pixelFormat)
        guard format != AV_PIX_FMT_NONE, let raw = av_frame_alloc() else { return nil }
        raw.pointee.format = format.rawValue
        raw.pointee.width = Int32(width)
        raw.pointee.height = Int32(height)
        guard av_frame_get_buffer(raw, 0) >= 0 else {
            var raw: UnsafeMutablePointer<AVFrame>? = raw
            av_frame_free(&raw)
            return nil
        }
        raw.pointee.colorspace =
            switch traits.matrix {
            case .bt601: AVCOL_SPC_SMPTE170M
            case .bt709: AVCOL_SPC_BT709
            case .bt2020: AVCOL_SPC_BT2020_NCL
            case .smpte240: AVCOL_SPC_SMPTE240M
            case .fcc: AVCOL_SPC_FCC
            case .rgb: AVCOL_SPC_RGB
            }
        raw.pointee.color_range = traits.range == .full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        raw.pointee.chroma_location = AVChromaLocation(traits.chromaLocation)
        let picture = Picture(adopting: raw, streamOrientation: traits.orientation)
        for plane in 0..<4 {
            guard let (base, stride) = picture.plane(plane) else { break }
            let rows = picture.rows(ofPlane: plane)
            fill(
                plane, UnsafeMutableBufferPointer(start: UnsafeMutablePointer(mutating: base), count: stride * rows),
                stride)
        }
        self.init(
            picture: picture, index: traits.index, pts: traits.pts, timeBase: traits.timeBase, decodeMilliseconds: 0)
    }
}
