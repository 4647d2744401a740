import Glibc

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension MemoryLimit {
    /// Half of what this process can have: the machine's memory, or less under `ulimit -v` or in a control group. The other half is
    /// for packed weights' sources, the pictures, and a second session that checks the first. As it was at the first call.
    public static let machine = MemoryLimit(bytes: availableBytes / 2)

    private static var availableBytes: Int {
        var bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        var address = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &address) == 0, address.rlim_cur < rlim_t(Int.max) {
            bytes = min(bytes, Int(address.rlim_cur))
        }
        return controlGroupLimits().reduce(bytes, min)
    }

    /// Of the process's own group (version 2) and of those around it.
    private static func controlGroupLimits() -> [Int] {
        guard let groups = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8),
            let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
        else { return [] }
        var parts = line.dropFirst(4).split(separator: "/"), limits: [Int] = []
        while true {
            let path = (["/sys/fs/cgroup"] + parts.map(String.init) + ["memory.max"]).joined(separator: "/")
            // "max" is no number, and no limit.
            if let text = try? String(contentsOfFile: path, encoding: .utf8), let bytes = Int(text.split(separator: "\n").first ?? "") {
                limits.append(bytes)
            }
            guard parts.popLast() != nil else { return limits }
        }
    }
}
