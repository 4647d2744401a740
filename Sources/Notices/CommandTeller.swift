import FileNames
import Foundation
import Glibc
import Results
import Synchronization

/// Runs a command of the shell for each notice: the record as JSON on its standard input, the main fields in its environment.
///
/// What it prints goes to standard error, for standard output has records only.
final class CommandTeller: Teller {
    /// Seconds that a command may take; then it and what it started are killed.
    static let longest = 30.0
    /// Microseconds between looks whether it has ended.
    private static let interval: UInt32 = 20_000

    private let command: String
    /// Where pictures are, for their paths; nil without any.
    private let snapshots: String?
    /// The command that runs, which leads a group of processes.
    private let running = Mutex<pid_t?>(nil)

    private let timeout: Double

    init(_ command: String, snapshots: String?, timeout: Double = CommandTeller.longest) {
        (self.command, self.snapshots, self.timeout) = (command, snapshots, timeout)
    }

    var name: String { "--on-event \(NoticeText.withoutSecrets(command).prefix(60))" }

    func tell(_ notice: NoticeRecord) throws(NoticeError) {
        let process = try start(notice)
        let deadline = ContinuousClock.now + .seconds(timeout)
        var status: Int32 = 0
        while true {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { break }
            if ended < 0, errno != EINTR { throw NoticeError(.refused, "the command was lost: \(String(cString: strerror(errno)))") }
            if ContinuousClock.now > deadline {
                kill(-process, SIGKILL)
                waitpid(process, &status, 0)
                running.withLock { $0 = nil }
                throw NoticeError(.refused, "took longer than \(Int(timeout)) s and was killed")
            }
            usleep(Self.interval)
        }
        running.withLock { $0 = nil }
        // As the shell has it: what ended by a signal has 128 and its number.
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
        guard code == 0 else { throw NoticeError(.refused, "ended with status \(code)") }
    }

    func abandon() { running.withLock { if let process = $0 { kill(-process, SIGKILL) } } }

    private func start(_ notice: NoticeRecord) throws(NoticeError) -> pid_t {
        // Descriptors that another command gets by chance would keep this one waiting for more input.
        Self.starting.lock()
        defer { Self.starting.unlock() }
        let input = try makeInput(notice)
        defer { close(input) }
        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        // A group of its own, so that Ctrl-C is for deepvid and a kill for all that the command started; signals as usual.
        posix_spawnattr_setpgroup(&attributes, 0)
        var none = sigset_t(), defaults = sigset_t()
        sigemptyset(&none)
        sigemptyset(&defaults)
        for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let arguments = ["/bin/sh", "-c", command].map { strdup($0.fileName) } + [nil]
        let environment = Self.environment(adding: variables(notice)) + [nil]
        defer { for text in arguments + environment { free(text) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environment)
        guard result == 0 else { throw Self.cannotStart(result) }
        running.withLock { $0 = process }
        return process
    }

    /// The end of a pipe that has the record already: no writer has to wait, and it does not matter whether the command reads.
    private func makeInput(_ notice: NoticeRecord) throws(NoticeError) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Self.cannotStart(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let bytes = Array((notice.json + "\n").utf8)
        // A pipe takes 64 kB at once, and a record of an object has one or two.
        let written = write(ends[1], bytes, bytes.count)
        close(ends[1])
        guard written == bytes.count else {
            close(ends[0])
            throw NoticeError(.refused, "the record is too long for a pipe")
        }
        return ends[0]
    }

    private static func cannotStart(_ code: Int32) -> NoticeError {
        NoticeError(.refused, "the command cannot be started: \(String(cString: strerror(code)))")
    }

    /// Held from the making of a pipe until its command has it.
    private static let starting = NSLock()

    /// What a shell script asks for first; the rest is in the JSON.
    func variables(_ notice: NoticeRecord) -> [(String, String)] {
        func path(_ name: String?) -> String? { name.flatMap { name in snapshots.map { "\($0)/\(name)" } } }
        let all: [(String, String?)] = [
            ("EVENT", notice.event), ("TEXT", notice.text), ("CAMERA", notice.camera), ("SOURCE", notice.source), ("CLASS", notice.label),
            ("TRACK", notice.trackID.map { String($0) }),
            ("SCORE", notice.score.map { jsonText(of: ["score": $0]).filter { "0123456789.".contains($0) } }), ("MESSAGE", notice.message),
            ("ZONE", notice.zone), ("LINE", notice.line), ("DIRECTION", notice.direction?.rawValue), ("TIME", notice.time),
            ("START", notice.startTime), ("PTS", notice.ptsS.map { "\($0)" }), ("SNAPSHOT", path(notice.snapshot?.frame)),
            ("CROP", path(notice.snapshot?.crop)),
        ]
        return all.compactMap { name, value in value.map { ("DEEPVID_\(name)", $0) } }
    }

    /// This process's environment without variables of earlier notices, and the given ones. To be freed.
    private static func environment(adding variables: [(String, String)]) -> [UnsafeMutablePointer<CChar>?] {
        var own: [UnsafeMutablePointer<CChar>?] = [], at = environ
        while let entry = at.pointee {
            if strncmp(entry, "DEEPVID_", 8) != 0 { own.append(strdup(entry)) }
            at += 1
        }
        return own + variables.map { strdup("\($0)=\($1)".fileName) }
    }
}
