import CacheNet

/// An edge server, as the command line names it.
struct EdgeAddress: Sendable {
    var url: String
    var token: String?
    /// A PEM file.
    var certificateAuthority: String?
    /// Nil is the only one that the edge has.
    var bundle: String?
}

/// The connection to an edge. The one place that knows how edges are spoken to.
let connectEdge: @Sendable (EdgeAddress) throws(Complaint) -> any EdgeService = { _ throws(Complaint) in
    throw .unusable("--edge: this deepvid was built without the edge client")
}
