import Models
import Video

/// Reads a video's frames in the order in which they are shown.
///
/// ```swift
/// let video = try VideoReader("street.mp4")
/// while let frame = try video.next() { … }
/// if let reason = video.earlyEnd { … }   // the input broke off; what could be decoded has been delivered
/// ```
/// Used by one thread at a time; any other may call ``canceller``.
public final class VideoReader {
    private let reader: Video.VideoReader
    /// Does what ``cancel()`` does. To be called from any thread, where the reader itself must not go.
    public let canceller: @Sendable () -> Void

    /// Opens an input: a path, a URL, an image sequence (`frame%04d.png` or a glob), or `-` for standard input.
    ///
    /// - Throws: when it cannot be opened, is no video, or the options contradict each other; the cause is a `VideoError`.
    public init(_ input: String, options: VideoOptions = VideoOptions()) throws(DeepVidError) {
        do throws(VideoError) { reader = try Video.VideoReader(input, options: options) } catch { throw DeepVidError(error) }
        canceller = reader.canceller
    }

    /// What is known of the input before its first frame.
    public var info: StreamInfo { reader.info }
    /// Frames that ``next()`` gave.
    public var framesDelivered: Int { reader.framesDelivered }
    /// Frames that the input had so far, whether they were chosen or not.
    public var framesDecoded: Int { reader.framesDecoded }
    /// Packets that could not be decoded so far.
    public var corruptPackets: Int { reader.corruptPackets }

    /// The next frame that the options choose; once nil, always nil.
    ///
    /// What is damaged is counted, and the decoder makes of it what it can. Where the input breaks off, the frames before come out, then
    /// nil, and ``earlyEnd`` says why.
    /// - Throws: when not one frame could be decoded; code `cancelled` after ``cancel()``. Nil follows.
    public func next() throws(DeepVidError) -> Frame? {
        do throws(VideoError) { return try reader.next() } catch { throw DeepVidError(error) }
    }

    /// What is missing of what was asked for: the input ended before its own header says, or the start lies behind the end. Nil while
    /// reading, and when all came.
    public var earlyEnd: DeepVidError? { reader.earlyEnd.map { DeepVidError($0) } }

    /// Has a blocked or coming ``next()`` throw code `cancelled`. Another thread takes ``canceller`` along for that.
    public func cancel() { canceller() }
}
