import ArgumentParser
import DeepVid
import FileNames
import Glibc
import Supervision
import Video

run(commandLineArguments()).exit()

/// Parses `arguments`, runs the command and says how it went. Never throws, never prints a stack trace.
func run(_ arguments: [String]) -> ExitStatus {
    // A closed pipe must surface as EPIPE from write(2), not as a death.
    signal(SIGPIPE, SIG_IGN)
    FreeMemory.keepTogether()
    AddressSpace.prepare()
    Lifeline.watch()
    do {
        try refuseUnknownCommand(arguments)
        try RenamedFlags.refuse(in: arguments)
        try RepeatedOptions.refuse(in: arguments)
        var command = try Deepvid.parseAsRoot(arguments)
        if var deepvid = command as? any DeepvidCommand { return try deepvid.perform() }
        try command.run()
        return .done
    } catch let error as CLIError {
        Console.error(error.description)
        return error.status
    } catch let error as DeepVidError where error.code == .locked {
        Console.error("\(error)")
        return .busy
    } catch let error where error is DeepVidError || error is VideoError {
        // What is thrown as it came had to work before anything could be done.
        Console.error("\(error)")
        return .unusable
    } catch {
        return report(error, arguments)
    }
}

/// A subcommand: like `ParsableCommand`, but its run ends in an exit status.
protocol DeepvidCommand: ParsableCommand {
    mutating func perform() throws -> ExitStatus
}

/// Help, version and completion scripts arrive as errors too; they go to stdout.
private func report(_ error: any Error, _ arguments: [String]) -> ExitStatus {
    guard Deepvid.exitCode(for: error) == .success else {
        // ArgumentParser exits with 64 here; deepvid's own codes have room for one kind of misuse only.
        let lines = Deepvid.fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false)
        Console.error(explained(Deepvid.message(for: error), arguments))
        for line in lines.dropFirst() where line.hasPrefix("Usage:") || line.hasPrefix("  See ") {
            Console.plain(line.trimmingPrefix(while: \.isWhitespace))
        }
        return .unusable
    }
    return printToStandardOutput(Deepvid.fullMessage(for: error))
}
