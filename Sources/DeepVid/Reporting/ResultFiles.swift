import Models

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Finds the files of records that a report is to be made of.
public enum ResultFiles {
    /// Files as they are named; of a folder, such as a batch's, the results in it and its subfolders, sorted. Manifests and what
    /// is not complete are left out.
    ///
    /// - Throws: `DeepVidError` for a folder without results, and for a manifest.
    public static func expand(_ paths: [String]) throws(DeepVidError) -> [String] {
        var files: [String] = []
        for path in paths {
            if Manifest.isName(String(baseName(path))) {
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
        (path.hasSuffix(".jsonl") || path.hasSuffix(".jsonl.zst")) && !Manifest.isName(String(baseName(path)))
    }
}
