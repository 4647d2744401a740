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
        smallest(ControlGroups.ofThisProcess) { try? String(contentsOfFile: ControlGroups.mount + $0, encoding: .utf8) }
    }

    /// The smallest quota of the groups that a process is in, and of those around them.
    ///
    /// - Parameters:
    ///   - groups: what `/proc/self/cgroup` holds, of version 1 or 2.
    ///   - read: gives a file below the folder where control groups are mounted.
    package static func smallest(_ groups: String, read: (String) -> String?) -> Double? {
        ControlGroups.folders(groups, controller: "cpu").compactMap { folder, isVersion2 in
            isVersion2
                ? read(folder + "/cpu.max").flatMap { text in quota(text.split(whereSeparator: \.isWhitespace)) }
                : quota(["quota", "period"].map { (read(folder + "/cpu.cfs_\($0)_us") ?? "").prefix { !$0.isNewline } })
        }.min()
    }

    /// Of microseconds in a period: `50000 100000` is half a CPU; `max` and -1 are no limit.
    private static func quota(_ fields: [Substring]) -> Double? {
        guard fields.count == 2, let time = Double(fields[0]), let period = Double(fields[1]), time > 0, period > 0 else { return nil }
        return time / period
    }
}

/// The control groups of a process, which limit what it may use.
package enum ControlGroups {
    package static let mount = "/sys/fs/cgroup"
    package static var ofThisProcess: String { (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? "" }

    /// The folders below `mount` of the groups that `groups` names, and of those around them.
    ///
    /// - Parameter controller: of version 1; in version 2 all controllers share their folders.
    package static func folders(_ groups: String, controller: String) -> [(path: String, isVersion2: Bool)] {
        groups.split(separator: "\n").flatMap { line -> [(String, Bool)] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[1].isEmpty || fields[1].split(separator: ",").contains(Substring(controller)) else { return [] }
            let root = fields[1].isEmpty ? "" : "/" + controller, parts = fields[2].split(separator: "/")
            return (0...parts.count).map { (root + parts.dropLast($0).map { "/" + $0 }.joined(), fields[1].isEmpty) }
        }
    }
}
