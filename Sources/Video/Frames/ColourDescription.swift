import CFFmpeg

/// The equations that turn Y'CbCr into R'G'B'.
public enum ColourMatrix: String, Sendable, Hashable {
    case bt601, bt709, bt2020, smpte240, fcc
    /// The planes already hold R, G and B.
    case rgb

    /// The matrix of a picture: as flagged, else as players guess it.
    ///
    /// Unflagged pictures count as BT.601 whatever their size, as with swscale and so OpenCV: models were trained on that.
    init(_ space: AVColorSpace, isRGB: Bool) {
        if isRGB {
            self = .rgb
            return
        }
        switch space {
        case AVCOL_SPC_BT709: self = .bt709
        case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: self = .bt601
        case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: self = .bt2020
        case AVCOL_SPC_SMPTE240M: self = .smpte240
        case AVCOL_SPC_FCC: self = .fcc
        default: self = .bt601
        }
    }

    /// Luma weights of red and blue.
    var luma: (red: Double, blue: Double) {
        switch self {
        case .bt601, .rgb: (0.299, 0.114)
        case .bt709: (0.2126, 0.0722)
        case .bt2020: (0.2627, 0.0593)
        case .smpte240: (0.212, 0.087)
        case .fcc: (0.30, 0.11)
        }
    }
}

/// How many of the 256 levels carry picture.
public enum ColourRange: String, Sendable, Hashable {
    /// Luma 16…235, chroma 16…240: "TV", "MPEG".
    case limited
    /// 0…255: "PC", "JPEG".
    case full

    /// As flagged; without a flag, RGB, grey and the `yuvj` formats are full and all else is limited.
    init(_ range: AVColorRange, format: AVPixelFormat, isRGB: Bool, isGrey: Bool) {
        if isRGB {
            self = .full
        } else if range == AVCOL_RANGE_JPEG {
            self = .full
        } else if range == AVCOL_RANGE_MPEG {
            self = .limited
        } else {
            switch format {
            case AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P,
                AV_PIX_FMT_YUVJ411P:
                self = .full
            default: self = isGrey ? .full : .limited
            }
        }
    }
}

/// What `av_pix_fmt_desc_get` says of a pixel format, in Swift.
struct PixelFormat: Hashable {
    let raw: Int32
    let name: String
    let isRGB: Bool
    let isGrey: Bool
    let hasAlpha: Bool
    let bitDepth: Int
    /// log2 of the luma samples a chroma sample spans.
    let chromaShiftX: Int
    let chromaShiftY: Int

    init(_ raw: Int32) {
        self.raw = raw
        guard let d = av_pix_fmt_desc_get(AVPixelFormat(raw))?.pointee else {
            (name, isRGB, isGrey, hasAlpha) = ("unknown", false, false, false)
            (bitDepth, chromaShiftX, chromaShiftY) = (0, 0, 0)
            return
        }
        func flag(_ bit: Int32) -> Bool { d.flags & UInt64(bit) != 0 }
        name = String(cString: d.name)
        // A palette holds RGB colours, which may be transparent.
        let isPalette = flag(AV_PIX_FMT_FLAG_PAL)
        isRGB = flag(AV_PIX_FMT_FLAG_RGB) || isPalette || flag(AV_PIX_FMT_FLAG_BAYER)
        isGrey = !isRGB && d.nb_components <= 2
        hasAlpha = flag(AV_PIX_FMT_FLAG_ALPHA) || isPalette
        bitDepth = Int(d.comp.0.depth)
        chromaShiftX = Int(d.log2_chroma_w)
        chromaShiftY = Int(d.log2_chroma_h)
    }
}
