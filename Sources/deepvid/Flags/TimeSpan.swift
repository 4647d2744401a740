import ArgumentParser

/// A time on the command line: seconds (`90`, `1.5`) or a clock (`1:30`, `01:02:03.5`).
struct TimeSpan: ExpressibleByArgument, Equatable {
    let seconds: Double

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count) else { return nil }
        var total = 0.0
        for (index, part) in parts.enumerated() {
            // Only digits and a point: Double(…) would also take "inf", "0x1p3" and a sign.
            guard !part.isEmpty, part.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), let value = Double(part) else { return nil }
            let isLast = index == parts.count - 1
            if !isLast, part.contains(".") { return nil }
            if index > 0, value >= 60 { return nil }
            total = total * 60 + value
        }
        seconds = total
    }
}
