import ArgumentParser
import CacheNet
import FoundationEssentials

/// The edge server that answers what submodels are not sure of.
struct EdgeFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Let this deepvid-edge answer what submodels are not sure of.", valueName: "url"))
    var edge: String?

    @Option(help: ArgumentHelp("The edge's bundle. (default: the one that it has)", valueName: "name"))
    var edgeBundle: String?

    @Option(help: ArgumentHelp("The file with the token that the edge asks for.", valueName: "file"), completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("Trust the certificates of this PEM file, and no others. (default: the system's)", valueName: "file"),
        completion: .file())
    var edgeCa: String?

    @Option(
        help: ArgumentHelp(
            "For how long a frame may wait for the edge; with --result-cache, its crops. (default: 1; crops: 0.1)", valueName: "time"))
    var edgeDeadline: TimeSpan?

    @Flag(help: "Send every frame to the edge.")
    var edgeOnly = false

    func validate() throws {
        guard let edge else {
            let given = [
                ("--edge-bundle", edgeBundle != nil), ("--token-file", tokenFile != nil), ("--edge-ca", edgeCa != nil),
                ("--edge-deadline", edgeDeadline != nil), ("--edge-only", edgeOnly),
            ]
            if let (flag, _) = given.first(where: \.1) { throw ValidationError("\(flag) goes with --edge.") }
            return
        }
        guard edge.wholeMatch(of: /https?:\/\/[^\/].*/) != nil else {
            throw ValidationError("--edge needs a URL such as https://edge.example:8443, not '\(edge)'.")
        }
        if edgeCa != nil, edge.hasPrefix("http://") {
            throw ValidationError("--edge-ca has no effect with http://: leave it out, or use https://.")
        }
        if let edgeDeadline, !(0.01...60).contains(edgeDeadline.seconds) {
            throw ValidationError("--edge-deadline must be 0.01 to 60 seconds.")
        }
    }

    /// Refuses what does not go together.
    /// - Parameter sharesAnswers: whether the edge is of use without a bundle.
    func validate(_ bundle: BundleFlags, sharesAnswers: Bool) throws {
        guard edge != nil else { return }
        if bundle.deviceOnly { throw ValidationError("--device-only needs no edge: leave --edge out.") }
        if edgeOnly, let flag = bundle.bundle != nil ? "--bundle" : bundle.givenForSubmodels {
            throw ValidationError("\(flag) has no effect with --edge-only: leave it out.")
        }
        if !edgeOnly, bundle.bundle == nil, !sharesAnswers {
            throw ValidationError("--edge needs a folder to keep submodels in: give --bundle as well, or --edge-only.")
        }
    }

    /// Whether the edge answers frames, rather than only sharing answers about crops.
    func answersFrames(_ bundle: BundleFlags) -> Bool { edge != nil && (edgeOnly || bundle.bundle != nil) }

    /// Nil where the edge answers no frames. Nothing is sent yet.
    func options(_ bundle: BundleFlags) throws -> RouteOptions? {
        guard answersFrames(bundle), let connection = try connection() else { return nil }
        var options = bundle.options(bundle.bundle.map { .edge(connection, folder: $0) } ?? .edgeOnly(connection))
        if let edgeDeadline { options.deadline = .seconds(edgeDeadline.seconds) }
        return options
    }

    /// What the edge knows of crops; nil without an edge. Nothing is sent yet.
    func entries() throws -> EdgeEntries? {
        try connection().map { EdgeEntries($0, deadline: .seconds(edgeDeadline?.seconds ?? Self.crops)) }
    }

    /// For how long crops wait for the edge if nobody says: about as long as a model takes for them. Seconds.
    private static let crops = 0.1

    private func connection() throws -> EdgeConnection? {
        guard let edge else { return nil }
        do { return try EdgeConnection(url: edge, token: token(), certificateAuthority: edgeCa, bundle: edgeBundle) } catch let error
            as EdgeError
        {
            throw CLIError.unusable("--edge: \(error.description)")
        }
    }

    /// The first line of the token's file.
    private func token() throws -> String? {
        guard let tokenFile else { return nil }
        guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
            throw CLIError.unusable("--token-file: \(tokenFile) cannot be read; check its name and mode")
        }
        let token = text.prefix { $0 != "\n" && $0 != "\r\n" && $0 != "\r" }.filter { $0 != " " && $0 != "\t" }
        guard !token.isEmpty, token.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw CLIError.unusable("--token-file: \(tokenFile) has no token: write it on the first line, in ASCII")
        }
        return token
    }
}
