import CFFmpeg
import CKernels

/// What `av_pix_fmt_desc_get` says of a pixel format, in Swift.
struct PixelFormat: Hashable {
    let raw: Int32
    let name: String
    let isRGB: Bool
    let isGray: Bool
    let hasAlpha: Bool
    let bitDepth: Int
    /// log2 of the luma samples a chroma sample spans.
    let chromaShiftX: Int
    let chromaShiftY: Int

    init(_ raw: Int32) {
        self.raw = raw
        guard let d = av_pix_fmt_desc_get(AVPixelFormat(raw))?.pointee else {
            (name, isRGB, isGray, hasAlpha) = ("unknown", false, false, false)
            (bitDepth, chromaShiftX, chromaShiftY) = (0, 0, 0)
            return
        }
        func flag(_ bit: Int32) -> Bool { d.flags & UInt64(bit) != 0 }
        name = String(cString: d.name)
        // A palette holds RGB colors, which may be transparent.
        let isPalette = flag(AV_PIX_FMT_FLAG_PAL)
        isRGB = flag(AV_PIX_FMT_FLAG_RGB) || isPalette || flag(AV_PIX_FMT_FLAG_BAYER)
        isGray = !isRGB && d.nb_components <= 2
        hasAlpha = flag(AV_PIX_FMT_FLAG_ALPHA) || isPalette
        bitDepth = Int(d.comp.0.depth)
        chromaShiftX = Int(d.log2_chroma_w)
        chromaShiftY = Int(d.log2_chroma_h)
    }
}

/// How the kernel is to read a pixel format; `nil` from ``init(_:)`` for formats that must be converted first.
///
/// Direct are planar Y'CbCr of any subsampling and 8 to 16 bits, nv12 and its kin, gray, and planar RGB.
struct SamplingLayout: Equatable {
    let layout: Int
    /// Bits of each sample dropped to leave 8; 0 means 8-bit samples.
    let depthShift: Int
    let chromaShiftX: Int
    let chromaShiftY: Int
    /// The planes that the kernel's three come from.
    let planes: (Int, Int, Int)

    /// Whether rows are converted to RGB before they are interpolated, as others do it, to the bit.
    var isConverted: Bool {
        depthShift == 0 && chromaShiftX <= 1 && (layout == DV_LAYOUT_PLANAR || layout == DV_LAYOUT_SEMIPLANAR)
    }

    init?(_ format: PixelFormat) {
        guard let d = av_pix_fmt_desc_get(AVPixelFormat(format.raw))?.pointee else { return nil }
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
        let sampleBytes: Int32 = isByte ? 1 : 2
        let areAlike = c.prefix(used).allSatisfy {
            $0.depth == c[0].depth && $0.shift == c[0].shift && $0.offset == 0 && $0.step == sampleBytes
        }
        depthShift = isByte ? 0 : shift
        chromaShiftX = Int(d.log2_chroma_w)
        chromaShiftY = Int(d.log2_chroma_h)
        if used == 1, areAlike, !isRGB {
            layout = DV_LAYOUT_GRAY
            planes = (0, 0, 0)
        } else if used == 3, areAlike, Set(c.map(\.plane)).count == 3 {
            layout = isRGB ? DV_LAYOUT_RGB : DV_LAYOUT_PLANAR
            planes = (Int(c[0].plane), Int(c[1].plane), Int(c[2].plane))
        } else if used == 3, !isRGB, isByte, c[0].step == 1, c[1].plane == 1, c[2].plane == 1,
            c[1].step == 2, c[1].offset == 0, c[2].offset == 1
        {
            layout = DV_LAYOUT_SEMIPLANAR
            planes = (0, 1, 1)
        } else {
            return nil
        }
    }

    static func == (a: SamplingLayout, b: SamplingLayout) -> Bool {
        a.layout == b.layout && a.depthShift == b.depthShift && a.chromaShiftX == b.chromaShiftX
            && a.chromaShiftY == b.chromaShiftY && a.planes == b.planes
    }
}
