import ArgumentParser

/// A time on the command line: seconds (`90`, `1.5`), a number with a unit (`90s`, `10m`, `2h`) or a clock (`1:30`, `01:02:03.5`).
struct TimeSpan: ExpressibleByArgument, Equatable {
    let seconds: Double

    init?(argument: String) {
        let unit = argument.last.flatMap { ["s": 1.0, "m": 60, "h": 3600][$0] }
        let parts = (unit == nil ? argument[...] : argument.dropLast()).split(separator: ":", omittingEmptySubsequences: false)
        guard (unit == nil ? 1...3 : 1...1).contains(parts.count) else { return nil }
        var total = 0.0
        for (index, part) in parts.enumerated() {
            // Only digits and a point: Double(…) would also take "inf", "0x1p3" and a sign.
            guard !part.isEmpty, part.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), let value = Double(part) else { return nil }
            let isLast = index == parts.count - 1
            if !isLast, part.contains(".") { return nil }
            if index > 0, value >= 60 { return nil }
            total = total * 60 + value
        }
        seconds = total * (unit ?? 1)
    }
}
