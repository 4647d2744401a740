import FileNames
import Glibc

/// Which files of folders that fill are complete.
///
/// Folders are looked at again and again, for shares (NFS, SMB) tell nobody of new files. A file is complete when nobody has it open for
/// writing, as far as that can be told, and it has not changed for `settleTime`. A file that comes complete, because it was moved there, has an old
/// time of change, and so is taken at once where that can be trusted.
///
/// What is kept grows with the number of files that are there.
public struct FolderWatch: Sendable {
    /// Seconds without a change after which a file is complete: recorders write every second or two.
    public static let settleTime = 10.0
    /// Seconds between two looks, at least. Where a look itself takes long, as in a large folder on a share, there is ten times as much
    /// between two.
    public static let lookInterval = 2.0

    /// What a file is like: another state is another file.
    private struct State: Equatable {
        var size: off_t
        var seconds: Int
        var nanoseconds: Int

        init(_ status: stat) {
            (size, seconds, nanoseconds) = (status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    private struct File {
        var state: State
        /// When it was first seen so, on the clock of `look`.
        var since: Double
        var isTaken = false
    }

    /// By the bytes of their paths.
    private var files: [[UInt8]: File] = [:]

    public init() {}

    /// Takes the files that are complete now and were not taken before in this state.
    ///
    /// - Parameters:
    ///   - paths: all files that are there.
    ///   - now: seconds since 1970.
    /// - Returns: those taken, in the order of their times of change: that is when they arrived.
    /// - Complexity: a system call for each file, some more for those that are not taken yet.
    public mutating func take(_ paths: [String], now: Double) -> [String] {
        var complete: [(path: String, state: State)] = [], present: [[UInt8]: File] = [:]
        present.reserveCapacity(paths.count)
        for path in paths {
            let key = Array(path.utf8)
            guard var file = files[key] else {
                // Seen for the first time; or another file by this name.
                guard let look = Self.look(path) else { continue }
                var file = File(state: look.state, since: now)
                file.isTaken = isComplete(file, look.writers, now)
                if file.isTaken { complete.append((path, look.state)) }
                present[key] = file
                continue
            }
            if file.isTaken, Self.state(path) == file.state {
                present[key] = file
                continue
            }
            guard let look = Self.look(path) else { continue }
            if look.state != file.state { file = File(state: look.state, since: now) }
            file.isTaken = isComplete(file, look.writers, now)
            if file.isTaken { complete.append((path, look.state)) }
            present[key] = file
        }
        files = present
        return complete.sorted {
            ($0.state.seconds, $0.state.nanoseconds, $0.path) < ($1.state.seconds, $1.state.nanoseconds, $1.path)
        }.map(\.path)
    }

    private func isComplete(_ file: File, _ writers: Writers, _ now: Double) -> Bool {
        guard writers != .some, file.state.size > 0 else { return false }
        // The time of change is by the clock of the machine that has the disk, which is this one where writers can be told.
        let isOld = writers == .none && now - Double(file.state.seconds) >= Self.settleTime
        return isOld || now - file.since >= Self.settleTime
    }

    // MARK: Looking

    private enum Writers { case none, some, unknown }

    private static func state(_ path: String) -> State? {
        var status = stat()
        return stat(path.fileName, &status) == 0 ? State(status) : nil
    }

    /// - Returns: nil where the file is gone. One that cannot be opened is for the run to name.
    private static func look(_ path: String) -> (state: State, writers: Writers)? {
        // Opening also makes NFS ask for the size anew.
        let descriptor = open(path.fileName, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return state(path).map { ($0, .unknown) } }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return (State(status), writers(descriptor))
    }

    /// The system grants a lease for reading while nobody has the file open for writing: on local disks, to its owner and root.
    private static func writers(_ descriptor: Int32) -> Writers {
        // <fcntl.h>: F_SETLEASE, which Swift does not import.
        let setLease: Int32 = 1024
        if fcntl(descriptor, setLease, Int32(F_RDLCK)) == 0 {
            _ = fcntl(descriptor, setLease, Int32(F_UNLCK))
            return .none
        }
        return errno == EAGAIN ? .some : .unknown
    }
}
