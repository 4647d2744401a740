import Concurrency
import FileNames
import Glibc

/// Runs a process for each camera, and starts those again that end. One thread does everything, and all state is here.
///
/// ```
///  start ─▶ runs ─┬─ ended with 0 ──▶ done
///    ▲            ├─ its file is bad ▶ waits for a change  ─┐
///    │            ├─ refused (2) ───▶ waits `refusedWait`  ─┤
///    │            ├─ cannot write ──▶ waits `longestWait`  ─┤
///    │            ├─ ended else ────▶ waits 1, 2, 4 … 60 s ─┤
///    │            └─ no sign of life ▶ is killed ───────────┤
///    └──────────────────────────────────────────────────────┘
/// ```
public final class Supervisor {
    /// Seconds before a camera is started again: the first wait, which doubles from one to the next, and the longest. A process that ran
    /// for longer than the longest wait begins with the first one.
    public static let (firstWait, longestWait) = (1.0, 60.0)
    /// Seconds before a camera whose options, model or files were refused is tried again: they may be on a disk that is not there yet.
    public static let refusedWait = 300.0
    /// Seconds before a fault that lasts is told again.
    private static let reminderTime = 3600.0
    /// Exit status of a process that was refused because another writes its output: mostly one that is about to end.
    private static let busy: Int32 = 75
    /// Seconds without a change after which a file that was bad is tried again: what writes it may not be done.
    static let settleTime = 10
    /// Seconds without a sign of life after which a process counts as hung: more than a large model takes to load from a slow disk.
    public static let lifeLimit = 180.0
    /// Seconds that a process may take for its orderly end: that of a frame, and a write to a slow disk.
    public static let patience = 20.0

    private struct Camera {
        var job: Job
        var child: Child?
        /// When it is started; nil while it runs and when it is done.
        var start: Start? = .at(.now)
        var wait = Supervisor.firstWait
        var restarts = 0
        var writeFailures = 0
        /// The fault that was told last, until a process has run for the longest wait.
        var told: (fault: String, at: ContinuousClock.Instant)?
        /// What its input was like when the last process began, where that is a file.
        var input: FileState?
        /// Of the last process.
        var metrics: String?
        /// The settings do not have it any more: it goes when its process has ended.
        var isLeaving = false
    }

    private enum Start {
        case at(ContinuousClock.Instant)
        /// When the file by this name is another one, and complete.
        case onChange(of: String, from: FileState?)

        var isDue: Bool {
            switch self {
            case .at(let instant): return instant <= .now
            case .onChange(let path, let old):
                guard let now = FileState(path) else { return false }
                return now != old && now.hasSettled(for: Supervisor.settleTime)
            }
        }
    }

    private var cameras: [Camera] = []
    /// Whether a signal came that ends all.
    private var isEnding = false
    private let say: (Level, _ camera: String?, _ message: String) -> Void
    private let manager = ServiceManager.shared
    private var status = ""

    /// - Parameter say: takes what the supervisor has to say, and every line of a camera's standard error.
    public init(say: @escaping (Level, _ camera: String?, _ message: String) -> Void) { self.say = say }

    /// Runs in the current folder until all cameras are done, or a signal ends it: then the processes are told to end in order.
    ///
    /// - Parameters:
    ///   - signals: gives the numbers of signals as they come, a byte each: SIGHUP, SIGTERM or SIGINT.
    ///   - reload: on SIGHUP: the jobs from now on, or nil to go on as before.
    ///   - eachTime: called once a second or oftener, and at the end.
    /// - Returns: the signal; nil when all cameras are done.
    public func run(
        _ jobs: [Job], signals: Int32, reload: () -> [Job]?, eachTime: (_ states: [CameraState]) -> Void = { _ in }
    ) -> Int32? {
        cameras = jobs.map { Camera(job: $0) }
        isEnding = false
        var ending: Int32?, isReady = false
        while ending == nil ? cameras.contains(where: { $0.child != nil || $0.start != nil }) : cameras.contains(where: { $0.child != nil })
        {
            for index in cameras.indices {
                if ending == nil { startIfDue(index) }
                endIfHung(index)
                tellOfRecovery(index)
            }
            manager?.beat()
            if !isReady { manager?.tell("READY=1") }
            isReady = true
            tellStatus()
            eachTime(states)
            switch waitForNews(signals) {
            case nil: break
            case SIGHUP where ending == nil: if let jobs = reload() { change(to: jobs) }
            case SIGHUP: break
            case let signal?:
                manager?.tell("STOPPING=1")
                for index in cameras.indices { if ending == nil { tellToEnd(index) } else { kill(index) } }
                (ending, isEnding) = (signal, true)
            }
            for index in cameras.indices { hear(index) }
            removeLeft()
        }
        eachTime(states)
        let count = cameras.count == 1 ? "1 camera" : "\(cameras.count) cameras"
        say(.info, nil, ending == nil ? "\(count) came to an end" : "stopped: \(count) ended")
        return ending
    }

    private var states: [CameraState] {
        cameras.map {
            CameraState(name: $0.job.camera, isUp: $0.child != nil, restarts: $0.restarts, writeFailures: $0.writeFailures)
        }
    }

    // MARK: Waiting

    /// Waits for a line, a sign of life, a signal, or for a second.
    /// - Returns: the signal that came.
    private func waitForNews(_ signals: Int32) -> Int32? {
        var sources = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        for case let child? in cameras.map(\.child) {
            for descriptor in [child.errors, child.notices] { sources.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)) }
        }
        poll(&sources, nfds_t(sources.count), 1000)
        var number: UInt8 = 0
        guard sources[0].revents & Int16(POLLIN) != 0, read(signals, &number, 1) == 1 else { return nil }
        return Int32(number)
    }

    private func hear(_ index: Int) {
        guard let child = cameras[index].child else { return }
        let camera = cameras[index].job.camera
        let end = child.end()
        var lines = child.read(isOver: end != nil)
        // What it ended of is told with its end.
        if case .status(1...)? = end, isTold(child, index), let last = lines.last, last.level == .error, last.text == child.lastError {
            lines.removeLast()
        }
        for line in lines { say(line.level, camera, line.text) }
        if let end { ended(index, child, end) }
    }

    /// Whether the end of a process is a fault, and is told as one.
    private func isTold(_ child: Child, _ index: Int) -> Bool { !isEnding && !cameras[index].isLeaving && child.patienceEnd == nil }

    // MARK: Beginning

    private func startIfDue(_ index: Int) {
        guard cameras[index].start?.isDue ?? false else { return }
        for folder in cameras[index].job.makes where !makeFolders(folder) {
            let isFull = [ENOSPC, EDQUOT].contains(errno), reason = String(cString: strerror(errno))
            cameras[index].writeFailures += 1
            return waitAgain(index, "\(folder): the folder cannot be made: \(reason)", isFull ? Self.longestWait : Self.refusedWait)
        }
        cameras[index].input = cameras[index].job.input.flatMap { FileState($0) }
        if let child = Child(cameras[index].job) {
            (cameras[index].child, cameras[index].start) = (child, nil)
            let before = cameras[index].metrics
            cameras[index].metrics = cameras[index].job.metrics
            removeMetrics(before)
            if cameras[index].told == nil { say(.info, cameras[index].job.camera, "is started") }
        } else {
            waitAgain(index, "cannot be started: \(String(cString: strerror(errno)))")
        }
    }

    private func waitAgain(_ index: Int, _ reason: String, _ fixed: Double? = nil) {
        let wait = fixed ?? cameras[index].wait
        if fixed == nil { cameras[index].wait = min(wait * 2, Self.longestWait) }
        (cameras[index].start, cameras[index].restarts) = (.at(.now + .seconds(wait)), cameras[index].restarts + 1)
        if let told = cameras[index].told, told.fault == reason, told.at.duration(to: .now) < .seconds(Self.reminderTime) { return }
        cameras[index].told = (reason, .now)
        say(.error, cameras[index].job.camera, "\(reason); it is started again in \(Int(wait)) s")
    }

    private func waitForChange(_ index: Int, of file: String, _ reason: String) {
        (cameras[index].start, cameras[index].told) = (.onChange(of: file, from: cameras[index].input), nil)
        say(.error, cameras[index].job.camera, "\(reason); it is started again when \(file) changes")
    }

    /// Says that a camera runs again whose fault was told.
    private func tellOfRecovery(_ index: Int) {
        guard cameras[index].told != nil, let child = cameras[index].child,
            child.began.duration(to: .now) > .seconds(Self.longestWait)
        else { return }
        cameras[index].told = nil
        say(.info, cameras[index].job.camera, "runs again")
    }

    // MARK: Ending

    private func ended(_ index: Int, _ child: Child, _ end: Child.End) {
        cameras[index].child = nil
        if cameras[index].isLeaving { return }
        if isEnding { return say(.info, cameras[index].job.camera, "ended") }
        if child.patienceEnd != nil { return cameras[index].start = .at(.now) }
        if child.began.duration(to: .now) > .seconds(Self.longestWait) { cameras[index].wait = Self.firstWait }
        let cause = child.lastError.map { ": \($0)" } ?? ""
        switch end {
        case .status(0): say(.info, cameras[index].job.camera, "is done")
        case .status(let number) where child.isInputBad && cameras[index].job.input != nil:
            waitForChange(index, of: cameras[index].job.input!, "ended with status \(number)\(cause)")
        case .status(2):
            if child.isOutputBad { cameras[index].writeFailures += 1 }
            waitAgain(index, "was refused\(cause)", Self.refusedWait)
        case .status(Self.busy): waitAgain(index, "was refused\(cause)")
        case .status(let number) where child.isOutputBad:
            cameras[index].writeFailures += 1
            waitAgain(index, "ended with status \(number)\(cause)", Self.longestWait)
        case .status(let number): waitAgain(index, "ended with status \(number)\(cause)")
        case .signal(let number): waitAgain(index, "was ended by signal \(number) (\(String(cString: strsignal(number))))")
        }
    }

    private func tellToEnd(_ index: Int) {
        cameras[index].start = nil
        guard let child = cameras[index].child, child.patienceEnd == nil else { return }
        child.patienceEnd = .now + .seconds(Self.patience)
        Glibc.kill(child.pid, SIGTERM)
    }

    private func kill(_ index: Int) { if let child = cameras[index].child { Glibc.kill(child.pid, SIGKILL) } }

    private func endIfHung(_ index: Int) {
        guard let child = cameras[index].child else { return }
        if let end = child.patienceEnd {
            guard end < .now else { return }
            child.patienceEnd = .now + .seconds(Self.patience)
            say(.warning, cameras[index].job.camera, "did not end within \(Int(Self.patience)) s, and is killed")
            kill(index)
        } else if child.lastSign.duration(to: .now) > .seconds(Self.lifeLimit) {
            say(.error, cameras[index].job.camera, "gave no sign of life for \(Int(Self.lifeLimit)) s, and is killed")
            kill(index)
        }
    }

    // MARK: Other settings

    private func change(to jobs: [Job]) {
        for index in cameras.indices {
            let old = cameras[index].job
            guard let new = jobs.first(where: { $0.camera == old.camera }) else {
                tellToEnd(index)
                cameras[index].isLeaving = true
                continue
            }
            if let obstacle = new.obstacle, cameras[index].child != nil, !cameras[index].isLeaving {
                say(.warning, old.camera, "goes on as before: \(obstacle)")
                continue
            }
            let isSame = new.isSame(as: old) && !cameras[index].isLeaving
            (cameras[index].job, cameras[index].isLeaving, cameras[index].wait) = (new, false, Self.firstWait)
            cameras[index].told = nil
            if isSame {
                if case .at = cameras[index].start { cameras[index].start = .at(.now) }
                continue
            }
            say(.info, old.camera, "started anew: its settings changed")
            if cameras[index].child == nil { cameras[index].start = .at(.now) } else { tellToEnd(index) }
        }
        for job in jobs where !cameras.contains(where: { $0.job.camera == job.camera }) {
            cameras.append(Camera(job: job))
            say(.info, job.camera, "added")
        }
        say(.info, nil, "settings read again")
    }

    /// Forgets the cameras that have ended and are no longer in the settings.
    private func removeLeft() {
        let left = cameras.filter { $0.isLeaving && $0.child == nil }
        guard !left.isEmpty else { return }
        cameras.removeAll { $0.isLeaving && $0.child == nil }
        for camera in left {
            say(.info, camera.job.camera, "ended, it is no longer in the settings")
            removeMetrics(camera.metrics)
        }
    }

    /// Removes figures that would be collected for ever, as nobody writes them any more.
    private func removeMetrics(_ file: String?) {
        guard let file, !cameras.contains(where: { $0.metrics == file }) else { return }
        unlink(file.fileName)
    }

    /// For `systemctl status`.
    private func tellStatus() {
        let running = cameras.count(where: { $0.child != nil })
        let waiting = cameras.filter { $0.child == nil && $0.start != nil }.map(\.job.camera)
        let now =
            "STATUS=\(running) of \(cameras.count) cameras run" + (waiting.isEmpty ? "" : "; waiting: \(waiting.joined(separator: ", "))")
        if now != status { manager?.tell(now) }
        status = now
    }
}
