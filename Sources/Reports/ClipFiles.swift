import FileNames
import Glibc

package enum ClipFiles {
    /// The path of the clip that results are of: as they have it, from the working directory or from beside the results. Nil if there is no
    /// such file.
    ///
    /// Regular files only: a results file must not make anyone open a network address or a device.
    package static func find(_ source: String, results: String) -> String? {
        var candidates = [source]
        if !source.hasPrefix("/"), let cut = results.lastIndex(of: "/") { candidates.append(results[...cut] + source) }
        if let cut = results.lastIndex(of: "/") { candidates.append(results[...cut] + String(baseName(source))) }
        return candidates.first(where: isRegularFile)
    }
}

/// Whether there is a regular file at a path: not a folder, pipe, device or URL.
func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return !path.contains("://") && stat(path.fileName, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// `b.mp4` of `/a/b.mp4`.
func baseName(_ path: String) -> Substring { path.split(separator: "/").last ?? Substring(path) }
