import CacheNet
import EdgeClient

/// An edge server, as the command line names it.
struct EdgeAddress: Sendable {
    var url: String
    var token: String?
    /// A PEM file.
    var certificateAuthority: String?
    /// Nil is the only one that the edge has.
    var bundle: String?

    /// - Throws: `Complaint` for an address or a token that cannot be used; nothing is sent yet.
    func connect() throws(Complaint) -> any EdgeService {
        do throws(EdgeError) {
            return try EdgeConnection(url: url, token: token, certificateAuthority: certificateAuthority, bundle: bundle)
        } catch {
            throw .unusable("--edge: \(error.description)")
        }
    }
}
