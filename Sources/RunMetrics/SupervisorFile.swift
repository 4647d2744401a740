import Concurrency
import Supervision

/// How the processes of `deepvid run` are doing, as a file beside those of its cameras. For one thread.
public struct SupervisorFile {
    private var file: ReplacedFile
    private var watch: Stopwatch?
    private var written = ""

    /// - Parameter onTrouble: told that the file cannot be written, once, and that it can again.
    public init(path: String, onTrouble: @escaping @Sendable (String) -> Void) { file = ReplacedFile(path: path, onTrouble: onTrouble) }

    public var path: String { file.path }

    /// Writes what has changed, and every ten seconds, for the file's time says that its writer lives.
    public mutating func show(_ cameras: [Supervisor.CameraState], areSettingsGood: Bool) {
        let text = Self.text(cameras, areSettingsGood)
        guard text != written || watch.map({ $0.seconds >= ReplacedFile.interval }) ?? true else { return }
        (watch, written) = (Stopwatch(), text)
        file.write(text)
    }

    private static func text(_ cameras: [Supervisor.CameraState], _ areSettingsGood: Bool) -> String {
        var text = MetricsText()
        let cameras = cameras.sorted { $0.name < $1.name }
        text.add(
            "deepvid_camera_up", .gauge, "1 while the camera's process runs.", cameras.map { .init($0.isUp ? 1 : 0, [("camera", $0.name)]) }
        )
        text.add(
            "deepvid_camera_restarts_total", .counter, "How often the camera's process failed, and had to be started again.",
            cameras.map { .init($0.restarts, [("camera", $0.name)]) })
        text.add(
            "deepvid_settings_reload_success", .gauge, "1 if the settings could be used when they were read last.",
            [.init(areSettingsGood ? 1 : 0)])
        return text.text
    }
}
