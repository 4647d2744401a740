import Glibc
import Results

/// One comparison of several: a policy on an input.
package struct ComparisonRow {
    /// Tells the policy from the others.
    package var policy: String
    package var record: ComparisonRecord

    package init(policy: String, record: ComparisonRecord) { (self.policy, self.record) = (policy, record) }
}

/// What a policy came to over several inputs.
package struct PolicySum {
    package let policy: String
    package let inputs: Int
    /// The geometric mean of the inputs' speed-ups: each counts the same, however long it is; nil without frames.
    package let speedup: Double?
    /// The mean, and the least, of the inputs' agreements; nil where nothing was seen.
    package let agreement: Double?
    package let leastAgreement: Double?

    /// In the order in which the policies come.
    package static func all(_ rows: [ComparisonRow]) -> [PolicySum] {
        var names: [String] = []
        for row in rows where !names.contains(row.policy) { names.append(row.policy) }
        return names.map { name in PolicySum(name, rows.filter { $0.policy == name }.map(\.record)) }
    }

    private init(_ policy: String, _ records: [ComparisonRecord]) {
        (self.policy, inputs) = (policy, records.count)
        let speedups = records.compactMap(\.speedup), agreements = records.compactMap(\.agreement)
        speedup = speedups.isEmpty ? nil : exp(speedups.map { log($0) }.reduce(0, +) / Double(speedups.count))
        agreement = agreements.isEmpty ? nil : agreements.reduce(0, +) / Double(agreements.count)
        leastAgreement = agreements.min()
    }
}
