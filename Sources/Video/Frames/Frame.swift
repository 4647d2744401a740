import CFFmpeg

/// One decoded picture. Shares its pixels by reference count: copying is cheap, keeping many keeps their memory.
///
/// Frames of one stream may differ in size and format (a camera that switches its stream profile); each carries its own.
/// Width, height, motion vectors and the ``PixelSampler`` all speak display orientation.
public struct Frame: Sendable {
    let storage: FrameStorage

    /// Running number of the decoded frame, from 0, counted before `every` and `fps` leave any out. With
    /// ``VideoOptions/start``, the first frame at or after the start is 0.
    public internal(set) var index = 0
    /// Presentation time in ``timeBase`` ticks, exactly as the container has it; `nil` when neither the
    /// container nor the decoder knows (raw streams).
    public let pts: Int64?
    public let timeBase: Rational
    /// Wall time that reading and decoding took until this frame came out, in milliseconds. With frame threads this is
    /// the time that the reader waited, not CPU time.
    public internal(set) var decodeMilliseconds = 0.0
    /// When the picture's data was received; `nil` for a frame that was made from pixels instead of read from an input.
    public internal(set) var arrival: Arrival?
    /// Frames that ``FrameQueue`` dropped between the one that it delivered before and this.
    public internal(set) var droppedBefore = 0
    /// Packets that were skipped so far because they could not be decoded, since the input was opened.
    public internal(set) var corruptPackets = 0
    /// Where reading can be taken up again so that this frame is the next; `nil` where it cannot.
    public internal(set) var resumePoint: ResumePoint?

    /// Whether it was decoded in its turn.
    var presence = Presence.decoded
    /// The number of its group of pictures (``CodedGroup/number``), where groups are known; of a frame that was passed over, of the group
    /// whose key frame stands for it.
    public internal(set) var group: Int?
    /// Whether it is the key frame that a group begins with, where groups are known.
    var beginsGroup: Bool?

    enum Presence: Sendable {
        case decoded
        /// The key frame of a group that was passed over: decoded by itself.
        case passedKey
        /// Passed over: the picture is that of the key frame before.
        case passed
        /// Not chosen by `every` or `fps`, and so not decoded: the picture is another frame's.
        case leftOut
    }

    /// Whether the picture is the frame's own. Else it was passed over (``GroupDecider``), and the picture is that of the key frame before.
    public var isDecoded: Bool { presence == .decoded || presence == .passedKey }
    /// Whether its group was passed over.
    public var isPassedOver: Bool { presence == .passedKey || presence == .passed }

    /// ``pts`` in seconds.
    public var ptsSeconds: Double? { pts.map(timeBase.seconds(of:)) }

    /// Columns and rows as shown.
    public var width: Int { orientation.transposed ? storage.codedHeight : storage.codedWidth }
    public var height: Int { orientation.transposed ? storage.codedWidth : storage.codedHeight }
    /// How the coded picture is turned to be shown; the sampler does so.
    public var orientation: Orientation { storage.orientation }
    /// Clockwise degrees: 0, 90, 180 or 270.
    public var rotation: Int { orientation.rotation }

    public var isInterlaced: Bool { storage.raw.pointee.interlaced_frame != 0 }
    public var isKeyFrame: Bool { isDecoded && storage.raw.pointee.key_frame != 0 }
    /// Whether the decoder had to conceal damage, or built on a picture that it did not have.
    public var isCorrupt: Bool {
        storage.raw.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 || storage.raw.pointee.decode_error_flags != 0
    }
    /// `I`, `P`, `B`…; `?` when the codec has no such types.
    public var pictureType: Character {
        Character(UnicodeScalar(UInt8(bitPattern: av_get_picture_type_char(storage.raw.pointee.pict_type))))
    }

    /// FFmpeg's name, such as `yuv420p`.
    public var pixelFormat: String { storage.format.name }
    /// The matrix that the sampler uses: flagged or guessed, see ``ColorMatrix``.
    public var colorMatrix: ColorMatrix { storage.matrix }
    public var colorRange: ColorRange { storage.range }

    /// The codec's motion vectors; empty unless ``VideoOptions/exportMotionVectors`` was set and the codec has them.
    /// - Complexity: O(number of vectors) at each call.
    public var motionVectors: [MotionVector] {
        guard isDecoded, let side = av_frame_get_side_data(storage.raw, AV_FRAME_DATA_MOTION_VECTORS) else { return [] }
        let count = side.pointee.size / MemoryLayout<AVMotionVector>.stride
        // Side data is only byte-aligned by contract, hence the unaligned loads.
        let bytes = UnsafeRawPointer(side.pointee.data!)
        return (0..<count).map { i in
            MotionVector(
                bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<AVMotionVector>.stride, as: AVMotionVector.self),
                orientation: orientation, codedWidth: storage.codedWidth, codedHeight: storage.codedHeight)
        }
    }
}

/// One block's motion as the codec stored it, in display coordinates.
///
/// The block at `dst` was predicted from the one at `src`; both points are block centers, in pixels.
public struct MotionVector: Sendable, Hashable {
    /// Which reference: negative for a past picture, positive for a future one. FFmpeg does not say how far away.
    public let source: Int
    /// The block's size in pixels.
    public let width, height: Int
    public let srcX, srcY, dstX, dstY: Int
    /// The displacement src − dst in 1/``motionScale`` pixels (finer than the rounded points).
    public let motionX, motionY: Int
    public let motionScale: Int

    init(_ v: AVMotionVector, orientation: Orientation, codedWidth: Int, codedHeight: Int) {
        let mx = orientation.flipsX ? -Int(v.motion_x) : Int(v.motion_x)
        let my = orientation.flipsY ? -Int(v.motion_y) : Int(v.motion_y)
        source = Int(v.source)
        width = Int(orientation.transposed ? v.h : v.w)
        height = Int(orientation.transposed ? v.w : v.h)
        (srcX, srcY) = orientation.display(x: Int(v.src_x), y: Int(v.src_y), codedWidth: codedWidth, codedHeight: codedHeight)
        (dstX, dstY) = orientation.display(x: Int(v.dst_x), y: Int(v.dst_y), codedWidth: codedWidth, codedHeight: codedHeight)
        (motionX, motionY) = orientation.transposed ? (my, mx) : (mx, my)
        motionScale = Int(v.motion_scale)
    }
}

extension Frame {
    /// What a made frame says of itself beside its pixels.
    package struct Traits: Sendable {
        package var matrix: ColorMatrix = .bt601
        package var range: ColorRange = .limited
        package var orientation = Orientation.identity
        /// FFmpeg's number: 0 unspecified, 1 left, 2 center, 3 top left…
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
        guard format != AV_PIX_FMT_NONE, let raw = try? allocatePicture(format, width: width, height: height) else { return nil }
        raw.pointee.colorspace = traits.matrix.ffmpeg.space
        raw.pointee.color_range = traits.range == .full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        raw.pointee.chroma_location = AVChromaLocation(traits.chromaLocation)
        let storage = FrameStorage(adopting: raw, streamOrientation: traits.orientation)
        for (plane, (base, stride)) in zip(planePointers(of: raw), lineSizes(of: raw)).enumerated() {
            guard let base else { break }
            let isChroma = (plane == 1 || plane == 2) && !storage.format.isRGB
            let rows = isChroma ? (height + (1 << storage.format.chromaShiftY) - 1) >> storage.format.chromaShiftY : height
            fill(plane, UnsafeMutableBufferPointer(start: base, count: Int(stride) * rows), Int(stride))
        }
        self.init(storage: storage, index: traits.index, pts: traits.pts, timeBase: traits.timeBase)
    }
}
