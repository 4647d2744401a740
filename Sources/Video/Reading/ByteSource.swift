import CFFmpeg
import FileNames
import Glibc

/// FFmpeg's byte stream over a file descriptor of this process.
///
/// Local files are not opened by FFmpeg: without a protocol of its own, a hostile file has nothing to open a
/// second one with. It also lets waiting for a pipe be interrupted, which FFmpeg's `pipe:` cannot.
final class ByteSource {
    private let descriptor: Int32
    private let closes: Bool
    private let interrupt: Interrupt
    /// Bytes in a regular file; `nil` for pipes and devices, which cannot seek.
    let size: Int64?
    /// Owned; FFmpeg frees neither the context nor its buffer when it did not make them.
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// Opens `path`, or takes standard input when `nil`.
    init(path: String?, interrupt: Interrupt) throws(VideoError) {
        self.interrupt = interrupt
        closes = path != nil
        if let path {
            // O_NONBLOCK: opening a FIFO must not wait for its writer. It has no effect on regular files.
            descriptor = open(path.fileName, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            if descriptor < 0 {
                let number = errno
                throw VideoError(
                    number == ENOENT ? .notFound : .unreadable,
                    "cannot open the file: \(String(cString: strerror(number)))", url: path)
            }
        } else {
            descriptor = STDIN_FILENO
        }
        var status = stat()
        let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
        let problem: VideoError? =
            switch kind {
            case S_IFREG where status.st_size == 0:
                VideoError(.notVideo, "the file is empty", url: path ?? "-")
            case S_IFDIR:
                VideoError(
                    .unreadable,
                    "this is a directory; for a folder of images give a pattern such as '\(path ?? "")/*.jpg'",
                    url: path ?? "-")
            case 0:
                VideoError(.unreadable, "standard input is closed; pipe or redirect a video into it", url: path ?? "-")
            default: nil
            }
        size = kind == S_IFREG ? Int64(status.st_size) : nil
        context = nil
        if let problem {
            if closes { close(descriptor) }
            throw problem
        }
        let capacity: Int32 = 65536
        let buffer = av_malloc(Int(capacity))
        context = avio_alloc_context(
            buffer?.assumingMemoryBound(to: UInt8.self), capacity, 0, Unmanaged.passUnretained(self).toOpaque(),
            { opaque, bytes, count in
                guard let opaque, let bytes else { return -EINVAL }
                return Unmanaged<ByteSource>.fromOpaque(opaque).takeUnretainedValue().read(into: bytes, count: count)
            }, nil,
            size == nil
                ? nil
                : { opaque, offset, whence in
                    guard let opaque else { return -Int64(EINVAL) }
                    return Unmanaged<ByteSource>.fromOpaque(opaque).takeUnretainedValue()
                        .seek(to: offset, whence: whence)
                })
        guard context != nil else {
            av_free(buffer)
            throw VideoError(.internalFailure, "out of memory", url: path ?? "-")
        }
    }

    deinit {
        if context != nil {
            // FFmpeg may have replaced the buffer, so it is freed through the context.
            av_freep(&context!.pointee.buffer)
            avio_context_free(&context)
        }
        if closes { close(descriptor) }
    }

    /// Bytes that the file lacks by its own account; see ``FileStructure``.
    var missingBytes: Int64? { size.flatMap { FileStructure.missingBytes(descriptor: descriptor, size: $0) } }

    private func read(into bytes: UnsafeMutablePointer<UInt8>, count: Int32) -> Int32 {
        while true {
            if interrupt.shouldStop { return dv_averror_exit }
            if size == nil {
                // Short waits, so that a cancellation is noticed soon.
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&wanted, 1, 50) == 0 { continue }
            }
            let got = Glibc.read(descriptor, bytes, Int(count))
            if got > 0 { return Int32(got) }
            if got == 0 { return dv_averror_eof }
            if errno == EINTR || errno == EAGAIN { continue }
            return -errno
        }
    }

    private func seek(to offset: Int64, whence: Int32) -> Int64 {
        if whence & AVSEEK_SIZE != 0 { return size ?? -Int64(ENOSYS) }
        let position = lseek(descriptor, off_t(offset), whence & ~AVSEEK_FORCE)
        return position < 0 ? -Int64(errno) : Int64(position)
    }
}
