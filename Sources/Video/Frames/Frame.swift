import CFFmpeg

/// One decoded picture. Shares its pixels by reference count: copying is cheap, keeping many keeps their memory.
///
/// Frames of one stream may differ in size and format (a camera that switches its stream profile); each carries its own.
/// Width, height, motion vectors and the ``PixelSampler`` all speak display orientation.
public struct Frame: Sendable {
    let picture: Picture

    /// Running number of the decoded frame, from 0, counted before `every` and `fps` leave any out. With
    /// ``VideoOptions/start``, the first frame at or after the start is 0.
    public let index: Int
    /// Presentation time in ``timeBase`` ticks, exactly as the container has it; `nil` when neither the
    /// container nor the decoder knows (raw streams).
    public let pts: Int64?
    public let timeBase: Rational
    /// Wall time that reading and decoding took until this frame came out, in milliseconds. With frame threads this is
    /// the time that the reader waited, not CPU time.
    public internal(set) var decodeMilliseconds: Double
    /// When the picture's data was received; `nil` for pictures that were not read.
    public internal(set) var arrival: Arrival?
    /// Frames that ``FrameQueue`` dropped between the one that it delivered before and this.
    public internal(set) var droppedBefore = 0
    /// Where reading can be taken up again so that this frame is the next; `nil` where it cannot.
    public internal(set) var resumePoint: ResumePoint?

    init(picture: Picture, index: Int, pts: Int64?, timeBase: Rational, decodeMilliseconds: Double) {
        self.picture = picture
        self.index = index
        self.pts = pts
        self.timeBase = timeBase
        self.decodeMilliseconds = decodeMilliseconds
    }

    func numbered(_ index: Int) -> Frame {
        var frame = Frame(picture: picture, index: index, pts: pts, timeBase: timeBase, decodeMilliseconds: decodeMilliseconds)
        frame.arrival = arrival
        return frame
    }

    /// ``pts`` in seconds.
    public var ptsSeconds: Double? { pts.map(timeBase.seconds(of:)) }

    /// Columns and rows as shown.
    public var width: Int { orientation.transposed ? picture.codedHeight : picture.codedWidth }
    public var height: Int { orientation.transposed ? picture.codedWidth : picture.codedHeight }
    /// How the coded picture is turned to be shown; the sampler does so.
    public var orientation: Orientation { picture.orientation }
    /// Clockwise degrees: 0, 90, 180 or 270.
    public var rotation: Int { orientation.rotation }

    public var isInterlaced: Bool { picture.raw.pointee.interlaced_frame != 0 }
    public var isKeyFrame: Bool { picture.raw.pointee.key_frame != 0 }
    /// Whether the decoder had to conceal damage, or built on a picture that it did not have.
    public var isCorrupt: Bool {
        picture.raw.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 || picture.raw.pointee.decode_error_flags != 0
    }
    /// `I`, `P`, `B`…; `?` when the codec has no such types.
    public var pictureType: Character {
        Character(UnicodeScalar(UInt8(bitPattern: av_get_picture_type_char(picture.raw.pointee.pict_type))))
    }

    /// FFmpeg's name, such as `yuv420p`.
    public var pixelFormat: String { picture.format.name }
    /// The matrix that the sampler uses: flagged or guessed, see ``ColourMatrix``.
    public var colourMatrix: ColourMatrix { picture.matrix }
    public var colourRange: ColourRange { picture.range }

    /// The codec's motion vectors; empty unless ``VideoOptions/exportMotionVectors`` was set and the codec has them.
    /// - Complexity: O(number of vectors) at each call.
    public var motionVectors: [MotionVector] {
        guard let side = av_frame_get_side_data(picture.raw, AV_FRAME_DATA_MOTION_VECTORS) else { return [] }
        let count = side.pointee.size / MemoryLayout<AVMotionVector>.stride
        // Side data is only byte-aligned by contract, hence the unaligned loads.
        let bytes = UnsafeRawPointer(side.pointee.data!)
        return (0..<count).map { i in
            MotionVector(
                bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<AVMotionVector>.stride, as: AVMotionVector.self),
                orientation: orientation, codedWidth: picture.codedWidth, codedHeight: picture.codedHeight)
        }
    }

    /// Lends the coded planes: (plane number, bytes of all its rows, bytes a row starts after the one above).
    ///
    /// For tests and checksums; what sees pictures goes through ``PixelSampler``.
    public func withPlane<R>(_ number: Int, _ body: (UnsafeRawBufferPointer, _ stride: Int) throws -> R) rethrows -> R? {
        try picture.withPlane(number, body)
    }
}
