import ArgumentParser

struct Check: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the settings of cameras, and print the commands that 'deepvid run' would run.",
        discussion: "Every mistake is named with its line and column. The settings are described in deepvid.toml(5).")

    @OptionGroup var settings: SettingsArguments

    @Flag(help: "Print one JSON object: cameras with their commands, and mistakes with their places.")
    var json = false

    @OptionGroup var console: ConsoleFlags

    mutating func perform() throws -> ExitStatus {
        console.apply()
        let check = try SettingsCheck(settings.file, cameras: settings.camera)
        guard !json else {
            let printed = printToStandardOutput(check.json)
            return check.mistakes.isEmpty ? printed : check.status
        }
        check.report()
        return check.mistakes.isEmpty ? printToStandardOutput(check.script) : check.status
    }
}

/// Which settings, and which cameras of them.
struct SettingsArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The settings. (default: ./deepvid.toml, else /etc/deepvid/deepvid.toml)", valueName: "file"),
        completion: .file(extensions: ["toml"]))
    var file: String?

    @Option(help: ArgumentHelp("This camera only; can be given several times. (default: all)", valueName: "name"))
    var camera: [String] = []
}
