import FileNames
import Glibc

/// A process of a camera: `deepvid infer …` or `deepvid batch …`.
final class Child {
    let pid: pid_t
    let began = ContinuousClock.now
    /// What it says on standard error; -1 after its end.
    private(set) var errors: Int32 = -1
    /// Where its signs of life come.
    private(set) var notices: Int32 = -1
    private(set) var lastSign = ContinuousClock.now
    /// The last error that it told, which is why it ended, if it ended.
    private(set) var lastError: String?
    /// Whether it told that its input cannot be used as it is.
    private(set) var isInputBad = false
    /// Whether it told that its output cannot be written.
    private(set) var isOutputBad = false
    /// When it is killed, where it was told to end.
    var patienceEnd: ContinuousClock.Instant?
    private var lifeline: Int32 = -1
    private var unread: [UInt8] = []
    /// An error that it has just told: if it ends at once, its end is told with it, and else it comes late.
    private var held: (text: String, since: ContinuousClock.Instant)?

    /// How long an error is held.
    private static let holdTime = Duration.seconds(1)
    /// More of a line is another one.
    private static let longestLine = 1 << 16

    /// Starts this program anew.
    ///
    /// - Returns: nil with `errno` when the system does not start it.
    init?(_ job: Supervisor.Job) {
        guard let life = makePipe() else { return nil }
        guard let said = makePipe() else {
            for descriptor in [life.read, life.write] { close(descriptor) }
            return nil
        }
        (lifeline, errors) = (life.write, said.read)
        defer { for descriptor in [life.read, said.write] { close(descriptor) } }
        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t(), none = sigset_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        sigemptyset(&none)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, life.read, STDIN_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, said.write, STDERR_FILENO)
        // A group of its own: Ctrl-C is for the supervisor, which tells its children, and a second signal would kill them.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        var environment = Self.environment + ["\(Lifeline.variable)=1"]
        if let (socket, name) = Self.makeSocket() {
            notices = socket
            environment.append("NOTIFY_SOCKET=\(name)")
        }
        var arguments =
            (["deepvid"] + job.arguments + job.share).map { strdup($0.fileName) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, Self.program, &actions, &attributes, &arguments, &variables)
        self.pid = pid
        if failure != 0 {
            errno = failure
            return nil
        }
        for descriptor in [errors, notices] where descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    }

    deinit { for descriptor in [errors, notices, lifeline] where descriptor >= 0 { close(descriptor) } }

    /// This program, also if its file was replaced since it started.
    private static let program: String = {
        let path = realpath("/proc/self/exe", nil)
        defer { free(path) }
        return path.map { String(cString: $0) } ?? "/proc/self/exe"
    }()

    /// That of this process, without what only it was told.
    private static var environment: [String] {
        var all: [String] = [], next = environ
        while let text = next.pointee {
            let variable = String(cString: text)
            if !["NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="].contains(where: variable.hasPrefix) { all.append(variable) }
            next += 1
        }
        return all
    }

    /// A socket under a name that the system chooses, as NOTIFY_SOCKET has it.
    private static func makeSocket() -> (Int32, String)? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un(), length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = UnixAddress([])!.withPointer { bind(descriptor, $0, $1) } == 0
        let isNamed = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        guard isBound, isNamed else {
            close(descriptor)
            return nil
        }
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
        let name = withUnsafeBytes(of: address) { String(decoding: $0[(start + 1)..<Int(length)], as: UTF8.self) }
        return (descriptor, "@" + name)
    }

    // MARK: What it says

    /// Reads what there is, without waiting.
    /// - Parameter isOver: whether the process has ended: then what has no end of line is a line as well.
    /// - Returns: the lines, each with the level that its first letters say.
    func read(isOver: Bool = false) -> [(level: Level, text: String)] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        // So much at a time, for others have something to say as well; of a process that has ended, more than a pipe holds.
        let most = 64
        while notices >= 0 {
            let count = recv(notices, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count <= 0 { break }
            lastSign = .now
            if buffer[..<count].elementsEqual(ServiceManager.inputIsBad.utf8) { isInputBad = true }
            if buffer[..<count].elementsEqual(ServiceManager.outputIsBad.utf8) { isOutputBad = true }
        }
        for _ in 0..<most where errors >= 0 {
            let count = Glibc.read(errors, &buffer, buffer.count)
            if count > 0 { unread += buffer[..<count] }
            if count == 0 {
                close(errors)
                errors = -1
            }
            if count <= 0 { break }
        }
        var lines: [[UInt8]] = []
        while let end = unread.firstIndex(of: UInt8(ascii: "\n")) ?? (unread.count > Self.longestLine ? Self.longestLine : nil) {
            lines.append(Array(unread[..<end]))
            unread.removeFirst(end + 1)
        }
        if isOver, !unread.isEmpty {
            lines.append(unread)
            unread = []
        }
        var said = lines.map { Self.parse(String(decoding: $0, as: UTF8.self)) }
        if let error = said.last(where: { $0.level == .error }) { lastError = error.text }
        if let held {
            let isFresh = held.since.duration(to: .now) < Self.holdTime
            if said.isEmpty, isFresh, !isOver { return [] }
            self.held = nil
            said.insert((.error, held.text), at: 0)
            if said.count == 1 { return said }
        }
        if !isOver, let last = said.last, last.level == .error {
            held = (last.text, .now)
            said.removeLast()
        }
        return said
    }

    /// `<4>text`, as `--log journal` writes it. What has no level is of libraries, or of a crash.
    private static func parse(_ line: String) -> (level: Level, text: String) {
        guard let match = line.prefixMatch(of: /<([0-7])>/) else { return (.warning, line) }
        return (Level(rawValue: Int(match.1)!) ?? .info, String(line[match.range.upperBound...]))
    }

    // MARK: Its end

    /// How it ended; nil while it runs.
    func end() -> End? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        // WIFSIGNALED and WEXITSTATUS, which are macros.
        let signal = status & 0x7F
        return signal == 0 ? .status((status >> 8) & 0xFF) : .signal(signal)
    }

    enum End: Equatable {
        case status(Int32)
        case signal(Int32)
    }
}
