import Concurrency
import FileNames
import Glibc
import Results
import Supervision

/// How the processes of `deepvid run` are doing, as a file beside those of its cameras. For one thread.
public struct SupervisorFile {
    private var file: ReplacedFile
    private var watch: Stopwatch?
    private var written = ""
    /// Of all that the settings have.
    private let cameras: Set<String>
    /// The file's folder, which one `deepvid run` writes about at a time.
    private var folder: HeldFolder?
    private var isRefused = false

    /// - Parameters:
    ///   - cameras: names of all that the settings have: files of others that an earlier `run` left are removed.
    ///   - onTrouble: told that the file cannot be written, once, and that it can again.
    public init(path: String, cameras: Set<String>, onTrouble: @escaping @Sendable (String) -> Void) {
        self.cameras = cameras
        file = ReplacedFile(path: path, onTrouble: onTrouble)
    }

    public var path: String { file.path }

    /// Writes what has changed, and every ten seconds, for the file's time says that its writer lives.
    public mutating func show(_ cameras: [Supervisor.CameraState], areSettingsGood: Bool) {
        let text = Self.text(cameras, areSettingsGood)
        guard text != written || watch.map({ $0.seconds >= ReplacedFile.interval }) ?? true else { return }
        (watch, written) = (Stopwatch(), text)
        if mayWrite() { file.write(text) }
    }

    /// Takes the folder, and tidies it, unless another has it, which is looked at each time.
    private mutating func mayWrite() -> Bool {
        if folder != nil { return true }
        let path = parent
        guard makeFolders(path) else { return true }
        do throws(OutputError) {
            folder = try HeldFolder(path)
            if isRefused { file.onTrouble("\(file.path): is written from now on") }
            isRefused = false
            removeLeft(in: path)
            return true
        } catch {
            guard error.code == .locked else { return true }
            if !isRefused { file.onTrouble("\(file.path): \(error.message)") }
            isRefused = true
            return false
        }
    }

    private var parent: String { file.path.lastIndex(of: "/").map { $0 == file.path.startIndex ? "/" : String(file.path[..<$0]) } ?? "." }

    /// Removes what cameras left that the settings no longer have: its figures would be collected for ever.
    private func removeLeft(in folder: String) {
        for name in namesInFolder(folder) ?? [] where name.hasSuffix(".prom") && !cameras.contains(String(name.dropLast(".prom".count))) {
            let path = "\(folder)/\(name)"
            if readFile(path)?.starts(with: MetricsFile.supervisedMark.utf8) == true { unlink(path.fileName) }
        }
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
            "deepvid_write_failures_total", .counter, "How often the camera's process failed because its output could not be written.",
            cameras.map { .init($0.writeFailures, [("camera", $0.name)]) })
        text.add(
            "deepvid_settings_reload_success", .gauge, "1 if the settings could be used when they were read last.",
            [.init(areSettingsGood ? 1 : 0)])
        return text.text
    }
}
