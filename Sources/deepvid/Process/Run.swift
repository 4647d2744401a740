import ArgumentParser
import Glibc

/// Parses `arguments`, runs the command and says how it went. Never throws, never prints a stack trace.
func run(_ arguments: [String]) -> ExitStatus {
    // A closed pipe must surface as EPIPE from write(2), not as a death.
    signal(SIGPIPE, SIG_IGN)
    do {
        try refuseUnknownCommand(arguments)
        var command = try Deepvid.parseAsRoot(arguments)
        if var deepvid = command as? any DeepvidCommand { return try deepvid.perform() }
        try command.run()
        return .done
    } catch let complaint as Complaint {
        Console.shared.error(complaint.message)
        return complaint.status
    } catch {
        return report(error)
    }
}

/// A subcommand: like `ParsableCommand`, but its run ends in an exit status.
protocol DeepvidCommand: ParsableCommand {
    mutating func perform() throws -> ExitStatus
}

/// Help, version and completion scripts arrive as errors too; they go to stdout.
private func report(_ error: any Error) -> ExitStatus {
    guard Deepvid.exitCode(for: error) == .success else {
        // ArgumentParser exits with 64 here; deepvid's own codes have room for one kind of misuse only.
        let lines = Deepvid.fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false)
        Console.shared.error(explained(Deepvid.message(for: error)))
        for line in lines.dropFirst() where line.hasPrefix("Usage:") || line.hasPrefix("  See ") {
            Console.shared.plain(line.trimmingPrefix(while: \.isWhitespace))
        }
        return .unusable
    }
    return printToStandardOutput(Deepvid.fullMessage(for: error))
}
