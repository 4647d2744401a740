import CFFmpeg
import FileNames
import Glibc
import Synchronization

/// FFmpeg's byte stream over a file descriptor of this process.
///
/// Local files are not opened by FFmpeg: without a protocol of its own, a hostile file has nothing to open a
/// second one with. It also lets waiting for a pipe be interrupted, which FFmpeg's `pipe:` cannot.
///
/// MP4 has its index at the end unless it was written with `+faststart`. Such a file is copied to a temporary one when it comes
/// through a pipe, as it cannot be decoded before all of it is there.
final class ByteSource {
    /// This source's own, also for standard input.
    let descriptor: Int32
    private let name: String
    private let interrupt: Interrupt
    /// Bytes in a regular file; `nil` for pipes and devices, which cannot seek.
    private(set) var size: Int64?
    /// Whether the bytes came through a pipe and now lie in a temporary file.
    private(set) var isCopied = false
    /// Whether nothing has come so far.
    private(set) var isEmpty = true
    /// Bytes at the beginning of a pipe that were looked at and not yet given to FFmpeg.
    private var ahead: [UInt8] = []
    /// Bytes that a temporary file may have: 4 GiB.
    private static let largestCopy: Int64 = 1 << 32
    /// Owned; FFmpeg frees neither the context nor its buffer when it did not make them.
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// What is said of standard input that ends before it begins.
    static let noInput = "standard input is empty; pipe or redirect a video into it"

    /// Opens `path`, or takes standard input when `nil`.
    init(path: String?, interrupt: Interrupt) throws(VideoError) {
        (name, self.interrupt) = (path ?? "-", interrupt)
        // O_NONBLOCK: opening a FIFO must not wait for its writer. It has no effect on regular files.
        descriptor = path.map { open($0.fileName, O_RDONLY | O_NONBLOCK | O_CLOEXEC) } ?? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
        let failure = errno
        var status = stat()
        let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
        size = kind == S_IFREG ? Int64(status.st_size) : nil
        // From here on the descriptor is closed with the object, also when this throws.
        switch kind {
        case 0 where path == nil:
            throw VideoError(.unreadable, "standard input is closed; pipe or redirect a video into it", url: name)
        case 0:
            let reason = "cannot open the file: \(String(cString: strerror(failure)))"
            throw VideoError(failure == ENOENT ? .notFound : .unreadable, reason, url: name)
        case S_IFREG where size == 0:
            throw VideoError(.notVideo, path == nil ? Self.noInput : "the file is empty", url: path == nil ? "" : name)
        case S_IFDIR:
            let advice = "for a folder of images give a pattern such as '\(path ?? "")/*.jpg'"
            throw VideoError(.unreadable, "this is a directory; \(advice)", url: name)
        default: break
        }
        if size == nil, hasIndexLast() { try copy() }
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
                    return Unmanaged<ByteSource>.fromOpaque(opaque).takeUnretainedValue().seek(to: offset, whence: whence)
                })
        guard context != nil else {
            av_free(buffer)
            throw VideoError(.internalFailure, "out of memory", url: name)
        }
    }

    deinit {
        if context != nil {
            // FFmpeg may have replaced the buffer, so it is freed through the context.
            av_freep(&context!.pointee.buffer)
            avio_context_free(&context)
        }
        close(descriptor)
    }

    /// Whether the input is MP4 with its pictures before its index. Reads as far as the first of the two.
    private func hasIndexLast() -> Bool {
        var offset = 0
        // Before them there are small boxes only.
        while offset < 1 << 16 {
            while ahead.count < offset + 8 {
                var bytes = [UInt8](repeating: 0, count: offset + 8 - ahead.count)
                let got = bytes.withUnsafeMutableBufferPointer { fetch($0.baseAddress!, $0.count) }
                if got <= 0 { return false }
                ahead += bytes.prefix(Int(got))
            }
            let kind = String(decoding: ahead[offset + 4..<offset + 8], as: UTF8.self)
            if kind == "mdat" { return true }
            let length = Int(Int64(bigEndian: ahead[offset..<offset + 4]))
            guard ["ftyp", "free", "skip", "wide", "uuid", "pnot"].contains(kind), length >= 8 else { return false }
            offset += length
        }
        return false
    }

    /// Reads the pipe to its end, into a file that has no name any more and takes the pipe's place.
    private func copy() throws(VideoError) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/deepvid-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        defer { close(file) }
        func failure(_ known: String? = nil) -> VideoError {
            let reason = known ?? "\(folder) takes no copy of it (\(String(cString: strerror(errno))))"
            let advice = "write the video with 'ffmpeg -i in.mp4 -c copy -movflags +faststart out.mp4', or give it as a file"
            return VideoError(.unreadable, "the MP4's index is at its end, and \(reason); \(advice)", url: name)
        }
        guard file >= 0 else { throw failure() }
        unlink(template)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var (chunk, total) = (ahead[...], Int64(0))
        while true {
            while !chunk.isEmpty {
                let written = chunk.withUnsafeBytes { write(file, $0.baseAddress!, $0.count) }
                guard written > 0 || errno == EINTR else { throw failure() }
                chunk = chunk.dropFirst(max(written, 0))
            }
            let got = buffer.withUnsafeMutableBufferPointer { fetch($0.baseAddress!, $0.count) }
            if got == dv_averror_eof { break }
            guard got > 0 else {
                if interrupt.isCancelled { throw VideoError(.cancelled, "reading was cancelled", url: name) }
                throw VideoError(.timedOut, "the input went silent", url: name, ffmpegCode: got)
            }
            total += Int64(got)
            guard total + Int64(ahead.count) <= Self.largestCopy else { throw failure("it has more than \(Self.largestCopy >> 30) GiB") }
            chunk = buffer.prefix(Int(got))
        }
        lseek(file, 0, SEEK_SET)
        dup2(file, descriptor)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        (size, isCopied, ahead) = (total + Int64(ahead.count), true, [])
    }

    private func read(into bytes: UnsafeMutablePointer<UInt8>, count: Int32) -> Int32 {
        guard ahead.isEmpty else {
            let given = ahead.prefix(Int(count))
            bytes.update(from: Array(given), count: given.count)
            ahead.removeFirst(given.count)
            return Int32(given.count)
        }
        return fetch(bytes, Int(count))
    }

    /// Bytes from the descriptor, or an error of FFmpeg's. Waits for a pipe.
    private func fetch(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
        while true {
            if interrupt.shouldStop { return dv_averror_exit }
            if size == nil {
                // Short waits, so that a cancellation is noticed soon.
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&wanted, 1, 50) == 0 { continue }
            }
            let got = Glibc.read(descriptor, bytes, count)
            if got > 0 {
                isEmpty = false
                return Int32(got)
            }
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

/// Stops FFmpeg's blocking calls: on cancellation, or when a deadline has passed.
///
/// FFmpeg polls it from its network code; ``ByteSource`` polls it while waiting for a pipe.
final class Interrupt: Sendable {
    private let flag = Atomic<Bool>(false)
    /// Monotonic nanoseconds; `UInt64.max` for none.
    private let deadline = Atomic<UInt64>(.max)

    func cancel() { flag.store(true, ordering: .releasing) }
    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    /// Gives the calls that follow `seconds` from now; `nil` gives them for ever.
    func allow(seconds: Double?) {
        let value = seconds.map { monotonicNanoseconds() &+ UInt64($0 * 1e9) } ?? .max
        deadline.store(value, ordering: .releasing)
    }

    var hasTimedOut: Bool {
        let value = deadline.load(ordering: .acquiring)
        return value != .max && monotonicNanoseconds() > value
    }

    var shouldStop: Bool { isCancelled || hasTimedOut }
}
