import FileNames
import Glibc

extension Supervisor {
    /// What is run for a camera.
    public struct Job: Sendable {
        public let camera: String
        /// After the program's name, as the settings have them.
        let arguments: [String]
        /// Further ones, which `run` chose and which depend on the other cameras. Others are no reason to start a process anew: the next
        /// one has them.
        let share: [String]
        /// Folders that are made before it, where they are not there.
        let makes: [String]
        /// What the files that the arguments name were like. When they change, so does the job.
        private let files: [FileState?]
        /// The input, where it is a file: one that is bad is not tried again until it changes.
        let input: String?
        /// A file that goes with the camera when it is taken out of the settings.
        let metrics: String?
        /// Why the process would be refused at present; nil where nothing is known to be in the way.
        let obstacle: String?

        /// - Parameter files: paths.
        public init(
            camera: String, arguments: [String], share: [String], makes: [String], files: [String], input: String?, metrics: String?,
            obstacle: String? = nil
        ) {
            (self.camera, self.arguments, self.share, self.makes) = (camera, arguments, share, makes)
            (self.files, self.input, self.metrics, self.obstacle) = (files.map { FileState($0) }, input, metrics, obstacle)
        }

        /// Whether a process of the other job goes on with this one.
        func isSame(as other: Job) -> Bool {
            (camera, arguments, makes) == (other.camera, other.arguments, other.makes) && files == other.files
        }
    }

    /// What a file is like: another state is another file.
    struct FileState: Sendable, Equatable {
        private let inode: ino_t
        private let size: off_t
        private let (seconds, nanoseconds): (Int, Int)

        /// - Returns: nil where there is no such file, or something else by its name.
        init?(_ path: String) {
            var status = stat()
            guard stat(path.fileName, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            (inode, size) = (status.st_ino, status.st_size)
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }

        /// Whether it has not changed for as long, by the clock that files have their times of.
        func hasSettled(for wait: Int) -> Bool { abs(time(nil) - seconds) >= wait }
    }

    /// How a camera's process is doing.
    public struct CameraState: Sendable {
        public let name: String
        /// Whether it runs.
        public let isUp: Bool
        /// How often it failed, and was to be started again.
        public let restarts: Int
        /// How often that was because its output could not be written.
        public let writeFailures: Int
    }
}
