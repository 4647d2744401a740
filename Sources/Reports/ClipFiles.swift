import FileNames
import Glibc

package enum ClipFiles {
    /// The path of the clip that results are of: as they have it, from the working directory, or from the folder of the results or one
    /// around it, for that is where they were made; or beside the results. Nil if there is no such file.
    ///
    /// Regular files only: a results file must not make anyone open a network address or a device.
    package static func find(_ source: String, results: String) -> String? {
        let beside = results.lastIndex(of: "/").map { String(results[...$0]) + baseName(source) }
        return (places(source, results: results) + [beside].compactMap(\.self)).first(where: isRegularFile)
    }

    /// Where a path that was relative to the folder of a run may lead, as told above.
    package static func places(_ path: String, results: String) -> [String] {
        guard !path.hasPrefix("/"), !path.contains("://") else { return [path] }
        var places = [path]
        if let cut = results.lastIndex(of: "/") { places.append(results[...cut] + path) }
        guard let full = realpath(results.fileName, nil) else { return places }
        defer { free(full) }
        var folder = String(fileName: full)[...]
        while let cut = folder.lastIndex(of: "/"), cut > folder.startIndex {
            folder = folder[..<cut]
            places.append("\(folder)/\(path)")
        }
        return places
    }
}

/// Whether there is a regular file at a path: not a folder, pipe, device or URL.
func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return !path.contains("://") && stat(path.fileName, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// `b.mp4` of `/a/b.mp4`.
func baseName(_ path: String) -> Substring { path.split(separator: "/").last ?? Substring(path) }
