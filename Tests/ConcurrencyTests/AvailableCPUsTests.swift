import Concurrency
import Testing

@Suite struct AvailableCPUsTests {
    @Test func thereIsOne() { #expect(availableCPUs() >= 1) }

    @Test(
        arguments: [
            ("Name:\tx\nCpus_allowed:\t1\nCpus_allowed_list:\t0\n", 1), ("Cpus_allowed:\t00000000,0000ff03\n", 10),
            ("Cpus_allowed:\tffffffff,ffffffff\n", 64), ("Name:\tx\n", nil), ("Cpus_allowed:\t0\n", nil),
        ] as [(String, Int?)])
    func maskOfCPUs(status: String, count: Int?) { #expect(allowedCPUs(status: status) == count) }

    /// Files below /sys/fs/cgroup, and the quota that comes of them.
    @Test(
        arguments: [
            ("0::/\n", [:], nil),
            ("0::/job\n", ["/job/cpu.max": "max 100000\n"], nil),
            ("0::/job\n", ["/job/cpu.max": "50000 100000\n"], 0.5),
            ("0::/a/b\n", ["/a/b/cpu.max": "400000 100000\n", "/a/cpu.max": "150000 100000\n"], 1.5),
            ("0::/a/b\n", ["/a/b/cpu.max": "100000 100000\n", "/a/cpu.max": "max 100000\n", "/cpu.max": "300000 100000\n"], 1),
            (
                "4:memory:/x\n3:cpu,cpuacct:/docker/1\n",
                ["/cpu/docker/1/cpu.cfs_quota_us": "250000\n", "/cpu/docker/1/cpu.cfs_period_us": "100000\n"], 2.5
            ),
            ("3:cpu,cpuacct:/docker/1\n", ["/cpu/docker/1/cpu.cfs_quota_us": "-1\n", "/cpu/docker/1/cpu.cfs_period_us": "100000\n"], nil),
            ("0::/job\n", ["/job/cpu.max": "nonsense\n"], nil),
            ("", [:], nil),
        ] as [(String, [String: String], Double?)])
    func quotaOfControlGroups(groups: String, files: [String: String], quota: Double?) {
        #expect(CPUQuota.smallest(groups) { files[$0] } == quota)
    }
}
