import FileNames
import Glibc

/// What this process takes of the machine.
enum ProcessUse {
    /// Seconds of processor time, in the program and in the system for it.
    static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// Bytes of memory that are not swapped out, as `VmRSS` has them; nil where the system does not say.
    static var residentBytes: Int? {
        // Pages: of the address space, resident, shared, …
        let fields = readFile("/proc/self/statm")?.split(separator: UInt8(ascii: " ")) ?? []
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
