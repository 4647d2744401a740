import CFFmpeg
import CKernels

/// The equations that turn Y'CbCr into R'G'B'.
public enum ColorMatrix: String, Sendable, Hashable {
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
public enum ColorRange: String, Sendable, Hashable {
    /// Luma 16…235, chroma 16…240: "TV", "MPEG".
    case limited
    /// 0…255: "PC", "JPEG".
    case full

    /// As flagged; without a flag, RGB, gray and the `yuvj` formats are full and all else is limited.
    init(_ range: AVColorRange, format: AVPixelFormat, isRGB: Bool, isGray: Bool) {
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
            default: self = isGray ? .full : .limited
            }
        }
    }
}

/// A matrix and range as the kernel's fixed-point numbers, in 1/8192.
struct ColorCoefficients: Hashable {
    var y: Int16 = 8192
    var rv: Int16 = 0
    var gu: Int16 = 0
    var gv: Int16 = 0
    var bu: Int16 = 0
    /// Added to red and blue, in 1/2²⁰ levels: black's level taken away, and one half for rounding.
    var offset: Int32 = 1 << 19
    var greenOffset: Int32 = 1 << 19

    init(matrix: ColorMatrix, range: ColorRange, isGray: Bool) {
        let (red, blue) = matrix.luma
        let green = 1 - red - blue
        let isLimited = range == .limited
        func fixed(_ value: Double) -> Int16 { Int16((value * 8192).rounded()) }
        y = fixed(isLimited ? 255.0 / 219 : 1)
        if isLimited { offset -= Int32(y) * 16 * 128 }
        greenOffset = offset
        if isGray { return }
        // swscale's converter cuts each product off instead of rounding it: half a level a product in the mean.
        // The same mean keeps answers equal to those of programs that use it.
        let products: Int32 = isLimited ? 2 : 1
        offset -= products << 19
        greenOffset -= (products + 1) << 19
        let chroma = isLimited ? 255.0 / 224 : 1
        rv = fixed(2 * (1 - red) * chroma)
        bu = fixed(2 * (1 - blue) * chroma)
        gu = fixed(-2 * blue * (1 - blue) / green * chroma)
        gv = fixed(-2 * red * (1 - red) / green * chroma)
    }
}

extension dv_rgb_row {
    /// swscale's tables, in its own integer arithmetic.
    init(matrix: ColorMatrix, range: ColorRange) {
        let table = sws_getCoefficients(matrix.swscale)!
        var (rv, bu, gu, gv) = (Int64(table[0]), Int64(table[1]), -Int64(table[2]), -Int64(table[3]))
        var luma: Int64 = 1 << 16
        if range == .limited {
            luma = luma * 255 / 219
        } else {
            (rv, bu, gu, gv) = (rv * 224 / 255, bu * 224 / 255, gu * 224 / 255, gv * 224 / 255)
        }
        // 16.16 to 1/8192, rounded.
        func weight(_ value: Int64) -> Int16 { Int16(clamping: (value * 8192 + 32768) >> 16) }
        self.init(
            y_offset: range == .limited ? 16 << 3 : 0, y: weight(luma), rv: weight(rv), gu: weight(gu), gv: weight(gv), bu: weight(bu))
    }
}

extension ColorMatrix {
    /// swscale's number for it.
    var swscale: Int32 {
        switch self {
        case .bt709: SWS_CS_ITU709
        case .bt2020: SWS_CS_BT2020
        case .smpte240: SWS_CS_SMPTE240M
        case .fcc: SWS_CS_FCC
        case .bt601, .rgb: SWS_CS_ITU601
        }
    }
}
