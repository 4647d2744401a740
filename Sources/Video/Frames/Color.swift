import CFFmpeg
import CKernels

/// The equations that turn Y'CbCr into R'G'B'.
public enum ColorMatrix: String, Sendable, Hashable, CaseIterable {
    case bt601, bt709, bt2020, smpte240, fcc
    /// The planes already hold R, G and B.
    case rgb

    /// The matrix of a picture: as flagged, else as players guess it.
    ///
    /// Unflagged pictures count as BT.601 whatever their size, as with swscale and so OpenCV: models were trained on that.
    init(_ space: AVColorSpace, isRGB: Bool) {
        let flagged = space == AVCOL_SPC_BT2020_CL ? .bt2020 : Self.allCases.first { $0 != .rgb && $0.ffmpeg.space == space }
        self = isRGB ? .rgb : flagged ?? .bt601
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

    /// FFmpeg's flag for it, and swscale's number.
    var ffmpeg: (space: AVColorSpace, swscale: Int32) {
        switch self {
        case .bt601: (AVCOL_SPC_SMPTE170M, SWS_CS_ITU601)
        case .bt709: (AVCOL_SPC_BT709, SWS_CS_ITU709)
        case .bt2020: (AVCOL_SPC_BT2020_NCL, SWS_CS_BT2020)
        case .smpte240: (AVCOL_SPC_SMPTE240M, SWS_CS_SMPTE240M)
        case .fcc: (AVCOL_SPC_FCC, SWS_CS_FCC)
        case .rgb: (AVCOL_SPC_RGB, SWS_CS_ITU601)
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
    init(_ range: AVColorRange, _ format: PixelFormat) {
        let isFull = range == AVCOL_RANGE_JPEG || range != AVCOL_RANGE_MPEG && (format.isGray || format.name.hasPrefix("yuvj"))
        self = isFull || format.isRGB ? .full : .limited
    }
}

extension dv_resampling {
    /// Sets the kernel's fixed-point numbers for a matrix and range.
    mutating func setColors(_ matrix: ColorMatrix, _ range: ColorRange, isGray: Bool) {
        rgb = dv_rgb_row(matrix: matrix, range: range)
        let (red, blue) = matrix.luma
        let green = 1 - red - blue
        let isLimited = range == .limited
        func fixed(_ value: Double) -> Int16 { Int16((value * 8192).rounded()) }
        y = fixed(isLimited ? 255.0 / 219 : 1)
        // Black's level taken away, and one half for rounding.
        offset = (1 << 19) - (isLimited ? Int32(y) * 16 * 128 : 0)
        green_offset = offset
        if isGray { return }
        // swscale's converter cuts each product off instead of rounding it: half a level a product in the mean.
        // The same mean keeps answers equal to those of programs that use it.
        let products: Int32 = isLimited ? 2 : 1
        offset -= products << 19
        green_offset -= (products + 1) << 19
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
        let table = sws_getCoefficients(matrix.ffmpeg.swscale)!
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
