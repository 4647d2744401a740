import CFFmpeg

/// Tells a regular end of an input from one that came too early.
///
/// FFmpeg reports both as "end of file" for most containers, so what the container announced is compared with what came.
struct TruncationCheck {
    private let stream: UnsafeMutablePointer<AVStream>
    private let announced: Int64
    private let isAVI: Bool
    private var packets: Int64 = 0
    private var hasSought = false

    init(container: Container, stream: UnsafeMutablePointer<AVStream>) {
        self.stream = stream
        announced = stream.pointee.nb_frames
        // AVI's header states how many frames there are; elsewhere edit lists and the like make the number unreliable.
        let name = container.format?.pointee.iformat?.pointee.name.map { String(cString: $0) } ?? ""
        isAVI = name == "avi"
    }

    mutating func didSeek() { hasSought = true }

    mutating func count(_ packet: UnsafePointer<AVPacket>) { packets += 1 }

    /// Whether reading may go on after a packet that the demuxer could not make sense of.
    func mayGoOn(_ container: Container) -> Bool { !isAtEnd(container) && missingBytes(container) == nil }

    func isAtEnd(_ container: Container) -> Bool {
        container.format?.pointee.pb.map { avio_feof($0) != 0 } ?? false
    }

    /// Why the stream ended early; `nil` if it ended where it should.
    func reason(readResult: Int32, container: Container, lastPts: Int64?) -> VideoError? {
        func error(_ message: String) -> VideoError {
            var error = VideoError(
                .truncated, message, url: container.url, stream: Int(stream.pointee.index), pts: lastPts,
                lastLog: container.log.last)
            if readResult != dv_averror_eof {
                error.ffmpegCode = readResult
                error.ffmpegText = describe(ffmpegError: readResult)
            }
            return error
        }
        if let missing = missingBytes(container) {
            return error("the file is truncated: at least \(missing) bytes are missing at its end")
        }
        if isAVI, !hasSought, announced > 0, packets < announced - max(2, announced / 50) {
            return error("the file is truncated: its header announces \(announced) frames, and \(packets) came")
        }
        if readResult != dv_averror_eof {
            if container.interrupt.isCancelled || container.hasTimedOut(readResult) {
                return container.error(readResult, "the input went silent", pts: lastPts)
            }
            return error("the input broke off")
        }
        return nil
    }

    /// How far the index reaches beyond the end of a regular file; without an index, how far the outermost boxes do.
    private func missingBytes(_ container: Container) -> Int64? {
        guard let size = container.fileSize else { return nil }
        var furthest: Int64 = 0
        let count = avformat_index_get_entries_count(stream)
        // Matroska's index holds key frames only, and a fragmented MP4 file's what has been read so far.
        if announced == 0, !isAVI { return container.missingBytes }
        // Entries are in time order; the last ones are the furthest in all but the oddest files.
        for i in max(0, count - 256)..<max(0, count) {
            guard let entry = avformat_index_get_entry(stream, i)?.pointee else { continue }
            furthest = max(furthest, entry.pos + Int64(entry.size))
        }
        return furthest > size ? furthest - size : nil
    }
}
