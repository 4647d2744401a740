import FileNames
import FoundationEssentials
import Glibc
import Models

/// A folder of files under construction, which has its name when it is complete.
final class ExportFolder {
    private let path: String
    private let part: String
    private var isOpen = true

    /// - Parameter path: of a folder that is not there, or is empty: files of two exports in one would be read as one.
    /// - Throws: `DeepVidError` where it holds something, or cannot be made.
    init(_ path: String) throws {
        let trimmed = path.hasSuffix("/") && path.utf8.count > 1 ? String(path.dropLast()) : path
        (self.path, part) = (trimmed, "\(trimmed).\(getpid()).part")
        if let names = namesInFolder(trimmed) {
            guard names.isEmpty else {
                throw DeepVidError(.unwritable, "\(path): is there already, and not empty: name another folder, or delete this one")
            }
        } else if errno != ENOENT {
            throw DeepVidError(.unwritable, "\(path): cannot be written into: \(String(cString: strerror(errno)))")
        }
        try make("")
    }

    deinit { discard() }

    /// A file in it, or in a folder in it that is made; goes into its place with the folder.
    func file(_ name: String) throws -> ExportFile {
        if let slash = name.lastIndex(of: "/") { try make("/" + name[..<slash]) }
        return try ExportFile("\(part)/\(name)")
    }

    private func make(_ name: String) throws {
        guard makeFolders(part + name) else {
            throw DeepVidError(.cannotWrite, "\(path)\(name): cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    func finish() throws {
        // An empty folder is replaced.
        guard rename(part.fileName, path.fileName) == 0 else {
            throw DeepVidError(.cannotWrite, "\(path): cannot be written: \(String(cString: strerror(errno)))")
        }
        isOpen = false
    }

    func discard() {
        guard isOpen else { return }
        isOpen = false
        try? FileManager.default.removeItem(atPath: part)
    }
}
