import DeepVid
import FoundationEssentials
import Glibc
import Models
import Results

/// Finds the files of records that a report is made of.
package enum ResultFiles {
    /// Files as they are named. For a folder, such as a batch's: the results in it and its subfolders, sorted, without manifests and
    /// without files that are not complete.
    ///
    /// - Throws: `DeepVidError` for a folder without results, and for a manifest.
    package static func expand(_ paths: [String]) throws(DeepVidError) -> [String] {
        var files: [String] = []
        for path in paths {
            if isManifest(path) {
                throw DeepVidError(.noRecords, "\(path): is the manifest of a batch; name the folder that it is in")
            }
            var isFolder = false
            guard path != "-", FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
                files.append(path)
                continue
            }
            let names = ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []).filter(isResult).sorted()
            if names.isEmpty {
                throw DeepVidError(.noRecords, "\(path): there are no results (.jsonl or .jsonl.zst) in this folder")
            }
            files += names.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
        }
        return files
    }

    private static func isResult(_ path: String) -> Bool {
        (path.hasSuffix(".jsonl") || path.hasSuffix(".jsonl.zst")) && !isManifest(path)
    }

    /// `manifest.jsonl`, or that of a shard: what a batch did, not what it saw.
    private static func isManifest(_ path: String) -> Bool {
        baseName(path).wholeMatch(of: /manifest(-[0-9]+-of-[0-9]+)?\.jsonl/) != nil
    }
}

extension DeepVidError {
    init(_ error: RecordError, in name: String) {
        self.init(error.code == .unreadable ? .unreadable : .notRecords, "\(name): \(error.description)", cause: error)
    }
}

/// Whether there is a regular file at a path: not a folder, pipe, device or URL.
func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return !path.contains("://") && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// `b.mp4` of `/a/b.mp4`.
func baseName(_ path: String) -> Substring { path.split(separator: "/").last ?? Substring(path) }
