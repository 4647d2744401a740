import FoundationEssentials
import Glibc

/// How many threads may compute at the same time: the CPUs that this process may use, which are fewer than the machine's under
/// `taskset` and in a job of a scheduler, and no more than its control groups give it time for. At least 1.
package func availableCPUs() -> Int {
    let quota = CPUQuota.ofThisProcess ?? .infinity
    // A part of a CPU is worth a thread: without it, that part would stay unused.
    return max(1, min(affinityCPUs, Int(min(quota.rounded(.up), 1e6))))
}

private var affinityCPUs: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    return allowedCPUs(status: status) ?? sysconf(Int32(_SC_NPROCESSORS_ONLN))
}

/// The CPUs in the mask that `/proc/self/status` shows: hexadecimal, in groups with commas between them.
package func allowedCPUs(status: String) -> Int? {
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else { return nil }
    let count = line.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
    return count > 0 ? count : nil
}

/// The share of the machine's time that control groups leave to a process.
package enum CPUQuota {
    /// In CPUs; nil where nothing limits it.
    static var ofThisProcess: Double? {
        guard let groups = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else { return nil }
        return smallest(groups) { try? String(contentsOfFile: "/sys/fs/cgroup" + $0, encoding: .utf8) }
    }

    /// The smallest quota of the groups that a process is in, and of those around them.
    ///
    /// - Parameters:
    ///   - groups: what `/proc/self/cgroup` holds, of version 1 or 2.
    ///   - read: gives a file below the folder where control groups are mounted.
    package static func smallest(_ groups: String, read: (String) -> String?) -> Double? {
        var quotas: [Double] = []
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isVersion2 = fields[1].isEmpty
            guard isVersion2 || fields[1].split(separator: ",").contains("cpu") else { continue }
            var parts = fields[2].split(separator: "/")
            while true {
                let folder = (isVersion2 ? "" : "/cpu") + parts.map { "/" + $0 }.joined()
                let quota =
                    isVersion2
                    ? read(folder + "/cpu.max").flatMap { text in self.quota(text.split(whereSeparator: \.isWhitespace)) }
                    : quota(["quota", "period"].map { (read(folder + "/cpu.cfs_\($0)_us") ?? "").prefix { !$0.isNewline } })
                if let quota { quotas.append(quota) }
                guard parts.popLast() != nil else { break }
            }
        }
        return quotas.min()
    }

    /// Of microseconds in a period: `50000 100000` is half a CPU; `max` and -1 are no limit.
    private static func quota(_ fields: [Substring]) -> Double? {
        guard fields.count == 2, let time = Double(fields[0]), let period = Double(fields[1]), time > 0, period > 0 else { return nil }
        return time / period
    }
}
