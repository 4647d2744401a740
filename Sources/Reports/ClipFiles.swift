import FileNames
import Glibc

/// Whether there is a regular file at a path: not a folder, pipe, device or URL.
func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return !path.contains("://") && stat(path.fileName, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// `b.mp4` of `/a/b.mp4`.
func baseName(_ path: String) -> Substring { path.split(separator: "/").last ?? Substring(path) }
