import DeepVid
import FoundationEssentials
import Glibc
import Models
import Video

/// The limit on the address space of this process (`ulimit -v`). Where there is one, an allocation that fails ends the process
/// wherever it happens to be: so what a run needs is checked before it begins.
enum AddressSpace {
    /// Bytes that may still be mapped; nil without a limit.
    private static var available: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else { return nil }
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.prefix { $0 != " " }
        return max(0, Int(limit.rlim_cur) - (pages.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Under a limit, makes a crash say what probably caused it.
    static func prepare() {
        guard available != nil else { return }
        let size = 1 << 16
        var stack = stack_t(ss_sp: malloc(size), ss_flags: 0, ss_size: size)
        sigaltstack(&stack, nil)
        for number in [SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGTRAP, SIGFPE] {
            var action = sigaction()
            // Nothing but write(2) and _exit(2) is allowed here.
            action.__sigaction_handler.sa_handler = { _ in
                let message: StaticString = """
                    deepvid: error: ended in a crash under a limit on its address space (ulimit -v), probably for want of memory; \
                    raise the limit, or do less at a time (--threads, --jobs)

                    """
                _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
                _exit(1)
            }
            action.sa_flags = Int32(SA_ONSTACK)
            sigaction(number, &action, nil)
        }
    }

    /// - Parameters:
    ///   - jobs: inputs that are run at the same time.
    ///   - threads: of all of them together.
    /// - Throws: `CLIError` with status 2 where the limit leaves less than the run takes by estimate.
    static func check(inputs: [String], models: [ModelOptions], threads: Int, jobs: Int = 1) throws {
        guard available != nil else { return }
        let modelBytes = models.compactMap(\.model).compactMap(fileStatus).reduce(0) { $0 + Int($1.st_size) }
        try check(modelBytes: modelBytes, frameBytes: 0, threads: threads, jobs: jobs)
        // Names that are no files are left out, and files that cannot be opened: they get their own errors.
        var largest = 0
        for input in inputs.prefix(32) where fileStatus(input)?.isRegular == true {
            var options = VideoOptions()
            options.threads = 1
            guard let info = try? Video.VideoReader(input, options: options).info else { continue }
            largest = max(largest, info.width * info.height * 3 / 2)
        }
        try check(modelBytes: modelBytes, frameBytes: largest, threads: threads, jobs: jobs)
    }

    /// By an upper estimate, from measurements with 1 to 8 threads, models of up to 14 MB and clips of up to 3840×2160 (VmPeak without
    /// what was mapped at the start): every run took half to two thirds of it.
    private static func check(modelBytes: Int, frameBytes: Int, threads: Int, jobs: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit)
        // Of a thread; without a limit the system takes less than the usual 8 MiB.
        let stack = limit.rlim_cur < 1 << 30 ? max(Int(limit.rlim_cur), 8 << 20) : 8 << 20
        // Besides the model's: those that read and write, and the decoder's of each input.
        let stacks = (8 + threads + jobs * min(RunOptions.availableCPUs, 16)) * stack
        let workers = max(jobs, min(threads, 8))
        let need = stacks + (48 << 20) + workers * (16 << 20) + 4 * modelBytes + 14 * jobs * frameBytes
        guard let available, available < need else { return }
        throw CLIError.unusable(
            "the limit on address space (ulimit -v) leaves \(available >> 20) MiB, and the run may take \(need >> 20); "
                + "raise the limit, or do less at a time (--threads, --jobs)")
    }
}
