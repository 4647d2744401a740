#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

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
            throw ImportError(.unreadableFile, "cannot read the \(role) '\(path)'", cause: error)
        }
    }
}
