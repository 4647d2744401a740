import ArgumentParser
import DeepVid
import Results

// Values of options that are more than a number or a name.

/// A time on the command line: seconds (`90`, `1.5`), a number with a unit (`90s`, `10m`, `2h`) or a clock (`1:30`, `01:02:03.5`).
struct TimeSpan: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        let unit = argument.last.flatMap { ["s": 1.0, "m": 60, "h": 3600][$0] }
        let parts = (unit == nil ? argument[...] : argument.dropLast()).split(separator: ":", omittingEmptySubsequences: false)
        guard (unit == nil ? 1...3 : 1...1).contains(parts.count) else { return nil }
        var total = 0.0
        for (index, part) in parts.enumerated() {
            // Only digits and a point: Double(…) would also take "inf", "0x1p3" and a sign.
            guard part.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), let value = Double(part) else { return nil }
            if index < parts.count - 1 && part.contains(".") || index > 0 && value >= 60 { return nil }
            total = total * 60 + value
        }
        seconds = total * (unit ?? 1)
    }
}

/// Frames a second, or `key` for key frames.
struct FrameRate: ExpressibleByArgument {
    /// Nil for key frames.
    let rate: Double?

    init?(argument: String) {
        if argument == "key" {
            rate = nil
            return
        }
        guard let number = Double(argument) else { return nil }
        rate = number
    }
}

/// A number from 0 to 1, such as a score.
struct Fraction: ExpressibleByArgument {
    let value: Double

    init?(argument: String) {
        guard let value = Double(argument), (0...1).contains(value) else { return nil }
        self.value = value
    }
}

/// An agreement to hold, 0.5 to 1: with less, nothing would be held.
struct AgreementTarget: ExpressibleByArgument {
    let value: Double

    init?(argument: String) {
        guard let value = Double(argument), (0.5...1).contains(value) else { return nil }
        self.value = value
    }
}

/// `0.05`, a share of the frame's height, or `40px`.
struct ObjectSize: ExpressibleByArgument {
    let size: OutputOptions.Size

    init?(argument: String) {
        let isPixels = argument.hasSuffix("px")
        guard let value = Double(isPixels ? argument.dropLast(2) : argument[...]), value > 0, value <= (isPixels ? 100_000 : 1) else {
            return nil
        }
        size = isPixels ? .pixels(value) : .share(value)
    }
}

/// `416x256` (width × height) or `416` for a square.
struct InputSize: ExpressibleByArgument {
    let size: (width: Int, height: Int)

    init?(argument: String) {
        let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard (1...2).contains(sides.count), sides.allSatisfy((1...16384).contains) else { return nil }
        size = (sides[0], sides[sides.count - 1])
    }
}

/// `person,car`: names separated by commas. Spaces around a name do not count.
struct NameList: ExpressibleByArgument {
    let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",").map { name in
            String(name.trimmingPrefix(while: { $0 == " " }).reversed().trimmingPrefix(while: { $0 == " " }).reversed())
        }
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { return nil }
    }
}

/// What the value of an option looks like, by the option or by the name that its value has in the help; nil where nothing
/// needs to be said.
func expectedForm(of option: String, valueName: String) -> String? {
    switch (option, valueName) {
    case ("--fps", _): "a number, or key"
    case ("--reconnect", _): "forever, never, or a time such as 10m"
    case ("--by", _): "keys among hour, day, weekday, class, zone, line and camera, each once, separated by commas"
    case ("--notify", _): "events among \(NoticeRecord.Kind.allCases.map(\.rawValue).joined(separator: ", ")), separated by commas"
    case ("--min-size", _): "a share of the frame's height from 0 to 1, such as 0.05, or pixels, such as 40px"
    case ("--target-agreement", "agreement"): "a number from 0.5 to 1"
    case ("--notify-from", _), ("--notify-to", _): "a time of day, such as 22:00"
    case (_, "clock") where ["--from", "--to"].contains(option):
        "a time of day (22:00), a date (2026-11-28) or both ('2026-11-28 22:00')"
    case (_, "time"): "seconds (90, 1.5), a clock (1:30), or a number with s, m or h (10m)"
    case (_, "i/n"): "a part of a number, such as 1/4"
    case (_, "WxH"): "width and height, such as 416x256"
    case (_, "score"), (_, "iou"), (_, "share"), ("--reid-distance", _): "a number from 0 to 1"
    case (_, "n"), (_, "k"), (_, "index"), (_, "pixels"), (_, "crf"): "a whole number"
    case (_, "rate"), (_, "factor"), (_, "nats"): "a number"
    default: nil
    }
}
