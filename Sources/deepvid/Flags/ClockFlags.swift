import ArgumentParser
import Clocks
import DeepVid

/// The clock that times of day are told by.
struct TimeZoneFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("Time zone: a name such as Europe/Berlin, UTC, or local, the machine's. (default: local)", valueName: "zone"))
    var timeZone: String?

    /// Call it before there are threads.
    func zone() throws -> Zone {
        guard let zone = Zone.named(timeZone ?? "local") else {
            throw CLIError.unusable(
                "--time-zone \(timeZone ?? ""): is not in this system's time zone database: give a name such as Europe/Berlin, or UTC, "
                    + "or install tzdata")
        }
        return zone
    }
}

/// How the time of day of recordings is found out.
struct ClockFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where a recording's time of day comes from: its file's name, metadata, mtime or none. (default: name)", valueName: "clock"),
        completion: .list(RecordingClock.Source.allCases.map(\.rawValue)))
    var clock: RecordingClock.Source?

    @OptionGroup var zone: TimeZoneFlags

    func validate() throws {
        if zone.timeZone != nil, let clock, clock != .name {
            throw ValidationError("--time-zone is for the times in names, which --clock \(clock.rawValue) does not read: leave it out.")
        }
    }

    func recordingClock() throws -> RecordingClock { RecordingClock(clock ?? .name, zone: zone.timeZone == nil ? nil : try zone.zone()) }

    /// What to say of an input of which not everything is sure.
    func warning(_ source: String, _ start: StartTime?) -> String? {
        if let start {
            guard start.isAmbiguous, let zone = start.zone else { return nil }
            return "\(source): the clocks of \(zone) showed the time of its name twice that day; the first is taken"
        }
        // Only of what was asked for.
        return switch clock {
        case .name: "\(source): its name has no date and time of day; frames have no time"
        case .metadata: "\(source): its container does not say when it was made; frames have no time"
        case .mtime: "\(source): is no file of known length; frames have no time"
        default: nil
        }
    }
}

extension RecordingClock.Source: ExpressibleByArgument {}
