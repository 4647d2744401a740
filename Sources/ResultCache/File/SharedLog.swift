import FileNames
import Glibc

/// A file of records that several processes read and add to at the same time, each holding it for a moment (`flock`).
///
/// A record is added by one write. What a kill tears is at most the last one; it is skipped by whoever reads on, and goes when the file is
/// written anew. Writing anew puts another file in its place: whoever has the old one notices when it wants to hold it.
final class SharedLog {
    let path: String
    private var descriptor: Int32 = -1
    /// Up to where this process has read.
    private var offset: off_t = 0
    /// Bytes of the file, and what they were when it was last written anew.
    private(set) var (size, baseSize) = (0, 0)

    /// Before the records: `"DVANSWER" │ version u32 │ KiB that the file had when it was last written anew u32`.
    private static let headerBytes = 16
    private static let signature = Array("DVANSWER".utf8)
    private static let version: UInt8 = 1
    private static let chunk = 1 << 20
    /// Processes have the file for milliseconds, and for a second when they write it anew.
    private static let patience = Duration.seconds(5)

    /// Opens the file, or makes it. A file of another kind is left as it is.
    init(path: String) throws(ResultCacheError) {
        self.path = path
        try open()
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Runs `body` while no other process has the file.
    ///
    /// - Parameter waits: whether to wait for a process that has it, for `patience` at most; else nothing is done then.
    /// - Returns: nil if nothing was done.
    func hold<T>(waits: Bool, _ body: () throws(ResultCacheError) -> T) throws(ResultCacheError) -> T? {
        // Each time around, another process has put a new file in the place of the one that was opened.
        for _ in 0..<8 {
            guard try lock(waits: waits) else { return nil }
            defer { flock(descriptor, LOCK_UN) }
            var (mine, named) = (stat(), stat())
            if fstat(descriptor, &mine) == 0, stat(path.fileName, &named) == 0, mine.st_ino == named.st_ino, mine.st_dev == named.st_dev {
                try begin(Int(mine.st_size))
                return try body()
            }
            try open()
        }
        return nil
    }

    /// A process that was stopped while it had the file must not stop others.
    private func lock(waits: Bool) throws(ResultCacheError) -> Bool {
        let end = ContinuousClock.now + Self.patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR || errno == EWOULDBLOCK else { throw fault(.unwritable, "cannot be locked") }
            guard waits, ContinuousClock.now < end else { return false }
            usleep(2000)
        }
        return true
    }

    /// The records that were added since the last call. Only while the file is held.
    ///
    /// - Returns: how many bytes are no records.
    func readOn(_ take: (RecordFraming.Record) -> Void) throws(ResultCacheError) -> Int {
        guard offset < size else { return 0 }
        var rest: [UInt8] = [], damaged = 0, position = offset
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, position)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fault(.unreadable, "cannot be read") }
            position += off_t(count)
            rest += buffer[..<count]
            // Nobody is writing: what is unfinished now stays so.
            let found = RecordFraming.records(in: rest, isEnd: count == 0)
            found.records.forEach(take)
            damaged += found.damaged
            rest.removeFirst(found.consumed)
            if count == 0 { break }
        }
        offset = position
        return damaged
    }

    /// The next call of `readOn` gives all records once more.
    func rewind() { offset = off_t(Self.headerBytes) }

    /// Adds records. Only while the file is held, and after what others added was read.
    func append(_ bytes: [UInt8]) throws(ResultCacheError) {
        guard write(bytes, at: offset, to: descriptor) else {
            let reason = errno
            // Of a full disk: what is there of it is of no use.
            ftruncate(descriptor, offset)
            errno = reason
            throw fault(.unwritable, "cannot be written")
        }
        offset += off_t(bytes.count)
        size = Int(offset)
    }

    /// Puts a file with these records in the place of this one. Only while it is held.
    func replace(with records: [[UInt8]]) throws(ResultCacheError) {
        let temporary = "\(path).\(getpid()).new", length = records.reduce(Self.headerBytes) { $0 + $1.count }
        let bytes = Self.header(baseSize: length) + records.joined()
        let new = Glibc.open(temporary.fileName, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard new >= 0 else { throw fault(.unwritable, "cannot be written anew") }
        guard write(bytes, at: 0, to: new), fsync(new) == 0, rename(temporary.fileName, path.fileName) == 0 else {
            let reason = errno
            Glibc.close(new)
            unlink(temporary.fileName)
            errno = reason
            throw fault(.unwritable, "cannot be written anew")
        }
        // The old file is still locked, and now nameless: whoever waits for it finds that out.
        Glibc.close(descriptor)
        (descriptor, offset) = (new, off_t(bytes.count))
        (size, baseSize) = (bytes.count, bytes.count)
    }

    private func open() throws(ResultCacheError) {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = Glibc.open(path.fileName, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw fault(.unwritable, "cannot be opened") }
        offset = 0
    }

    /// Checks what kind of file it is, or makes an empty one a file of answers.
    private func begin(_ bytes: Int) throws(ResultCacheError) {
        size = bytes
        guard offset == 0 else { return }
        var head = [UInt8](repeating: 0, count: Self.headerBytes)
        let count = pread(descriptor, &head, head.count, 0), new = Self.header(baseSize: 0)
        guard count >= 0 else { throw fault(.unreadable, "cannot be read") }
        if count < head.count, new.starts(with: head[..<count]) {
            guard write(new, at: 0, to: descriptor) else { throw fault(.unwritable, "cannot be written") }
            (head, size) = (new, new.count)
        }
        guard head.starts(with: Self.signature) else {
            throw unusable("is no file of answers, and is left as it is; name another file for --result-cache")
        }
        guard head[8..<12].elementsEqual(new[8..<12]) else {
            throw unusable("has format version \(head[8]), this deepvid reads \(Self.version); name another file, or remove it")
        }
        (offset, baseSize) = (off_t(Self.headerBytes), (0..<4).reduce(0) { $0 | Int(head[12 + $1]) << (8 * $1) } << 10)
    }

    private static func header(baseSize: Int) -> [UInt8] {
        var writer = ByteWriter(bytes: signature + [version, 0, 0, 0])
        writer.append(UInt32(clamping: baseSize >> 10))
        return writer.bytes
    }

    private func write(_ bytes: [UInt8], at start: off_t, to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, start + off_t(done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }

    private func unusable(_ what: String) -> ResultCacheError {
        ResultCacheError(.unusableFile, "\(path.printableFileName): \(what)")
    }

    /// With the reason that the system gives.
    private func fault(_ code: ResultCacheError.Code, _ what: String) -> ResultCacheError {
        ResultCacheError(
            code, "\(path.printableFileName): \(what): \(String(cString: strerror(errno))); check its owner, mode and the disk's free space"
        )
    }
}
