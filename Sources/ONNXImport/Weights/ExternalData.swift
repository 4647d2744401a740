import FoundationEssentials
import Glibc
import ONNXProto

/// The files beside a model that hold its large weights.
///
/// A model is input from elsewhere: it may name only plain files inside its own folder. Absolute paths, `..`
/// and symbolic links that lead out are refused, or a model could read any file of the user's into its outputs.
final class ExternalData {
    private let directory: String?
    private var files: [String: Data] = [:]

    init(directory: String?) { self.directory = directory }

    /// The bytes of one weight; `byteCount` is what its shape asks for.
    func bytes(of tensor: ONNX_TensorProto, named name: String, byteCount: Int) throws(ImportError) -> Data {
        let entries = Dictionary(tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        guard let location = entries["location"], !location.isEmpty else {
            throw ImportError(.externalData, "weight '\(name)' is external, but names no file")
        }
        let offset = try number(entries["offset"], "offset", of: name) ?? 0
        let length = try number(entries["length"], "length", of: name) ?? byteCount
        guard length == byteCount else {
            throw ImportError(
                .invalidWeight, "weight '\(name)' needs \(byteCount) bytes, but '\(location)' is said to hold \(length) for it")
        }
        let file = try open(location, for: name)
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard !overflow, end <= file.count else {
            throw ImportError(
                .externalData,
                "'\(location)' is too short (\(file.count) bytes) for weight '\(name)' (\(length) bytes at \(offset)): was it copied whole?"
            )
        }
        return file[file.startIndex + offset..<file.startIndex + end]
    }

    private func number(_ text: String?, _ key: String, of name: String) throws(ImportError) -> Int? {
        guard let text else { return nil }
        guard let value = Int(text), value >= 0 else {
            throw ImportError(.externalData, "weight '\(name)': \(key) '\(text)' is not a number")
        }
        return value
    }

    private func open(_ location: String, for name: String) throws(ImportError) -> Data {
        if let file = files[location] { return file }
        guard let directory else {
            throw ImportError(.externalData, "weight '\(name)' is in the file '\(location)', but the model was not loaded from a folder")
        }
        let components = location.split(separator: "/", omittingEmptySubsequences: false)
        guard !location.hasPrefix("/"), !components.contains(".."), !location.contains("\0") else {
            throw ImportError(.externalData, "weight '\(name)' points to '\(location)', outside the model's folder: refused")
        }
        guard let root = Self.resolved(directory) else {
            throw ImportError(.externalData, "the model's folder '\(directory)' cannot be read")
        }
        guard let path = Self.resolved(directory + "/" + location) else {
            throw ImportError(.externalData, "the file '\(location)' with weight '\(name)' is missing: it must lie beside the model")
        }
        guard path.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
            throw ImportError(.externalData, "weight '\(name)': '\(location)' is a link that leads outside the model's folder: refused")
        }
        do {
            let file = try MappedFile.read(path: path, role: "weight file", regularOnly: true)
            files[location] = file
            return file
        } catch {
            throw ImportError(.externalData, "weight '\(name)' cannot be read", cause: error)
        }
    }

    /// The path without links and dots; nil when it does not exist.
    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path.isEmpty ? "." : path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// Files as mapped data: pages come in as they are read and can be dropped by the kernel afterwards.
enum MappedFile {
    /// - Parameter regularOnly: refuse pipes and devices, which a path from inside a model must not reach.
    static func read(path: String, role: String, regularOnly: Bool = false) throws(ImportError) -> Data {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ImportError(.unreadableFile, "cannot read the \(role) '\(path)': \(String(cString: strerror(errno)))")
        }
        let kind = status.st_mode & S_IFMT
        guard kind != S_IFDIR else { throw ImportError(.unreadableFile, "the \(role) '\(path)' is a folder, not a file") }
        guard kind == S_IFREG || !regularOnly else {
            throw ImportError(.unreadableFile, "the \(role) '\(path)' is not a plain file")
        }
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path), options: kind == S_IFREG ? .mappedIfSafe : [])
        } catch {
            throw ImportError(.unreadableFile, "cannot read the \(role) '\(path)': check the file's owner and mode", cause: error)
        }
    }
}
