import Batch
import Clocks
import FileNames
import Glibc

/// Which cameras the recordings in folders are of: recorders put those of all into one, and one name does not fit them.
enum RecorderFolders {
    /// Recordings that are looked at: there may be years of them.
    private static let most = 20_000
    /// Cameras that are named; of more, the number is.
    private static let mostNamed = 5

    /// The clips that are there now; none where they cannot be listed, which is told elsewhere.
    static func clips(of inputs: [String]) -> [String] {
        let list = try? ClipList(inputs, isCompressed: false, isFollowing: true)
        return (list?.clips ?? []).prefix(most).map(\.path)
    }

    /// That recordings of several cameras would have one name; nil where they are of one, as far as their names tell.
    ///
    /// - Parameters:
    ///   - inputs: what is watched, for the message.
    ///   - camera: the name that all would have.
    static func mixture(of clips: [String], inputs: [String], camera: String) -> String? {
        var places: [String: Set<String>] = [:]
        for clip in clips.prefix(most) {
            guard let name = RecordingName(path: clip), let own = name.camera else { continue }
            places[own, default: []].insert(name.place ?? "")
        }
        let names = places.sorted { $0.key < $1.key }.flatMap { name, places in
            places.count == 1 ? [name] : places.sorted().map { $0.isEmpty ? name : "\($0)/\(name)" }
        }
        guard names.count > 1 else { return nil }
        let list = names.prefix(mostNamed).joined(separator: ", ") + (names.count > mostNamed ? ", …" : "")
        return "\(inputs.joined(separator: ", ")) has recordings of \(names.count) cameras (\(list)), which will all be called \(camera): "
            + "name a folder or a pattern for each"
    }

    /// A path as one that is the same however it was written; as it is where nothing is there.
    static func place(_ path: String) -> String {
        guard let full = realpath(path.fileName, nil) else { return path }
        defer { free(full) }
        return String(fileName: full)
    }
}
