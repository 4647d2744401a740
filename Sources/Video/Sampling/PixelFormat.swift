import CFFmpeg
import CKernels

/// What `av_pix_fmt_desc_get` says of a pixel format, in Swift.
struct PixelFormat {
    let raw: Int32
    let name: String
    let isRGB, isGray, hasAlpha: Bool
    /// log2 of the luma samples a chroma sample spans.
    let chromaShiftX, chromaShiftY: Int
    /// `nil` for formats that must be converted first.
    let sampling: SamplingLayout?

    init(_ raw: Int32) {
        self.raw = raw
        guard let d = av_pix_fmt_desc_get(AVPixelFormat(raw))?.pointee else {
            (name, isRGB, isGray, hasAlpha, chromaShiftX, chromaShiftY, sampling) = ("unknown", false, false, false, 0, 0, nil)
            return
        }
        func flag(_ bit: Int32) -> Bool { d.flags & UInt64(bit) != 0 }
        name = String(cString: d.name)
        // A palette holds RGB colors, which may be transparent.
        let isPalette = flag(AV_PIX_FMT_FLAG_PAL)
        isRGB = flag(AV_PIX_FMT_FLAG_RGB) || isPalette || flag(AV_PIX_FMT_FLAG_BAYER)
        isGray = !isRGB && d.nb_components <= 2
        hasAlpha = flag(AV_PIX_FMT_FLAG_ALPHA) || isPalette
        (chromaShiftX, chromaShiftY) = (Int(d.log2_chroma_w), Int(d.log2_chroma_h))
        sampling = SamplingLayout(d)
    }
}

/// How the kernel is to read a pixel format.
///
/// Direct are planar Y'CbCr of any subsampling and 8 to 16 bits, nv12 and its kin, gray, and planar RGB.
struct SamplingLayout {
    let layout: Int
    /// Bits of each sample dropped to leave 8; 0 means 8-bit samples.
    let depthShift: Int
    /// The planes that the kernel's three come from.
    let planes: (Int, Int, Int)
    /// Whether rows are converted to RGB before they are interpolated, as others do it, to the bit.
    let isConverted: Bool

    init?(_ d: AVPixFmtDescriptor) {
        let unwanted =
            AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL
            | AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT
        let c = [d.comp.0, d.comp.1, d.comp.2]
        let isByte = c[0].depth == 8 && c[0].shift == 0
        let shift = Int(c[0].depth - 8 + c[0].shift)
        guard d.flags & UInt64(unwanted) == 0, isByte || (c[0].depth > 8 && c[0].depth <= 16), (0...8).contains(shift)
        else { return nil }
        let used = Int(d.nb_components)
        let isRGB = d.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0
        let areAlike = c.prefix(used).allSatisfy {
            $0.depth == c[0].depth && $0.shift == c[0].shift && $0.offset == 0 && $0.step == (isByte ? 1 : 2)
        }
        if used == 1, areAlike, !isRGB {
            (layout, planes) = (DV_LAYOUT_GRAY, (0, 0, 0))
        } else if used == 3, areAlike, Set(c.map(\.plane)).count == 3 {
            (layout, planes) = (isRGB ? DV_LAYOUT_RGB : DV_LAYOUT_PLANAR, (Int(c[0].plane), Int(c[1].plane), Int(c[2].plane)))
        } else if used == 3, !isRGB, isByte, c[0].step == 1, c[1].plane == 1, c[2].plane == 1,
            c[1].step == 2, c[1].offset == 0, c[2].offset == 1
        {
            (layout, planes) = (DV_LAYOUT_SEMIPLANAR, (0, 1, 1))
        } else {
            return nil
        }
        depthShift = isByte ? 0 : shift
        isConverted = depthShift == 0 && d.log2_chroma_w <= 1 && (layout == DV_LAYOUT_PLANAR || layout == DV_LAYOUT_SEMIPLANAR)
    }
}
