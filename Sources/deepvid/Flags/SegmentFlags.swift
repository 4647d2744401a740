import ArgumentParser

/// Whether the output is one file or many.
struct SegmentFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Begin a new output file each time this long is over; names get the time added.", valueName: "time"))
    var segment: TimeSpan?

    func validate(output: String) throws {
        guard let segment else { return }
        if segment.seconds < 1 { throw ValidationError("--segment must be 1 second or more.") }
        if output == "-" { throw ValidationError("--segment needs a file name to number: give --output as well.") }
    }
}
