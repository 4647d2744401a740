import DeepVid
import FileNames
import Glibc
import Models

/// Finds the files of records that are to be read.
package struct ResultFiles {
    /// As they are named. For a folder, such as a batch's: the results in it and its subfolders, sorted, without manifests and without
    /// files that are not complete.
    package private(set) var files: [String] = []
    /// Files in folders that are results and were left out: they are being written, or were left half written.
    package private(set) var incomplete: [String] = []

    /// - Throws: `DeepVidError` for a folder without results, one that cannot be read, and for a manifest.
    package init(_ paths: [String]) throws(DeepVidError) {
        for path in paths {
            if Self.isManifest(path) {
                throw DeepVidError(.noRecords, "\(path): is the manifest of a batch; name the folder that it is in")
            }
            guard path != "-", Self.mode(path) == S_IFDIR else {
                files.append(path)
                continue
            }
            let before = (files.count, incomplete.count)
            try search(path)
            if files.count == before.0 {
                let left = incomplete.count - before.1
                let reason =
                    Self.unfinishedBatch(path, begun: left)
                    ?? (left == 0 ? "there are no results (.jsonl or .jsonl.zst) in this folder" : "its \(left) results are not complete")
                throw DeepVidError(.noRecords, "\(path): \(reason)")
            }
        }
    }

    /// Why a batch's folder has no results yet, and what to do; nil where it is none.
    private static func unfinishedBatch(_ folder: String, begun: Int) -> String? {
        guard let manifest = namesInFolder(folder)?.first(where: isManifest) else { return nil }
        let descriptor = open("\(folder)/\(manifest)".fileName, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        // Whoever is at work on a batch holds its manifest.
        if descriptor >= 0, flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK {
            return "the batch that is at work here has no complete clip yet (\(begun) begun)"
        }
        return "the batch was stopped before a clip was complete (\(begun) begun): go on with 'deepvid batch … -o \(folder) --resume'"
    }

    /// What to say of the files that were left out; nil without any.
    package var warning: String? {
        guard !incomplete.isEmpty else { return nil }
        let named = incomplete.prefix(3).joined(separator: ", ") + (incomplete.count > 3 ? " and \(incomplete.count - 3) more" : "")
        return "\(named): not complete, and left out; name such a file itself to have what is in it"
    }

    private mutating func search(_ folder: String) throws(DeepVidError) {
        guard let names = namesInFolder(folder) else {
            throw DeepVidError(.unreadable, "\(folder): the folder cannot be read: \(String(cString: strerror(errno)))")
        }
        for name in names {
            let path = folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
            switch Self.mode(path) {
            // Not through links, which may lead in a circle.
            case S_IFDIR: if Self.mode(path, followsLinks: false) == S_IFDIR { try search(path) }
            case S_IFREG where Self.isManifest(name): continue
            case S_IFREG where Self.isResult(name): files.append(path)
            case S_IFREG where name.hasSuffix(".part") && Self.isResult(String(name.dropLast(5))): incomplete.append(path)
            default: continue
            }
        }
    }

    private static func isResult(_ name: String) -> Bool { name.hasSuffix(".jsonl") || name.hasSuffix(".jsonl.zst") }

    /// `manifest.jsonl`, or that of a shard: what a batch did, not what it saw.
    private static func isManifest(_ path: String) -> Bool {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String($0) ?? "" } ?? ""
        return name.wholeMatch(of: /manifest(-[0-9]+-of-[0-9]+)?\.jsonl/) != nil
    }

    private static func mode(_ path: String, followsLinks: Bool = true) -> mode_t {
        var status = stat()
        return (followsLinks ? stat : lstat)(path.fileName, &status) == 0 ? status.st_mode & S_IFMT : 0
    }
}

extension DeepVidError {
    package init(_ error: RecordError, in name: String) {
        self.init(error.code == .unreadable ? .unreadable : .notRecords, "\(name): \(error.description)", cause: error)
    }
}
