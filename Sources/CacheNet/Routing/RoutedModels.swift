import Hashing
import Models
import Synchronization
import Vision

/// Which models of a bundle answer, and where they are.
public struct RouteOptions: Sendable {
    public enum Mode: Sendable {
        /// Submodels in this process, and the full model for what they are not confident of.
        case submodels(bundle: String)
        /// Submodels in this process, kept in `folder`, and an edge server for what they are not confident of: CacheNet.
        case edge(any EdgeService, folder: String)
        /// Every frame to the edge server.
        case edgeOnly(any EdgeService)
        /// Every frame to the full model in this process.
        case deviceOnly(bundle: String)
    }

    public var mode: Mode
    /// T in nats; nil is the bundle's.
    public var threshold: Double?
    /// N: how many submodels are resident at a time. One, as in the paper.
    public var submodelCache = 1
    public var hysteresis = Hysteresis.usual
    /// For how long a frame may wait for the edge.
    public var deadline = Duration.seconds(1)

    public init(_ mode: Mode) { self.mode = mode }

    package var plan: RoutePlan.Mode {
        switch mode {
        case .submodels: .submodels
        case .edge: .edge
        case .edgeOnly: .edgeOnly
        case .deviceOnly: .deviceOnly
        }
    }

    package var usesSubmodels: Bool { plan == .submodels || plan == .edge }

    package var edge: (any EdgeService)? {
        switch mode {
        case .edge(let edge, _), .edgeOnly(let edge): edge
        case .submodels, .deviceOnly: nil
        }
    }
}

/// A bundle's models, for any number of inputs: says what is on disk, gets what is not, and loads it.
public final class RoutedModels: Sendable {
    public let profile: ModelProfile
    /// Of submodels with a card of their own; nil where they take the full model's pictures and know its classes.
    package let submodelProfile: ModelProfile?
    /// With the bundle's threshold where none was given.
    public let options: RouteOptions
    private let givenThreshold: Double?
    private let model: ModelOptions
    private let current: Mutex<BundleFolder>
    /// One download at a time, and none twice. Says when the edge may be asked for its bundle again.
    private let downloads = Mutex(BackOff())

    /// Reads the bundle, or asks the edge for it; an edge that does not answer is done without if the bundle is on disk.
    ///
    /// - Parameter model: what of the bundle's card is replaced.
    public init(_ options: RouteOptions, model: ModelOptions) throws(DeepVidError) {
        try model.check()
        let bundle =
            switch options.mode {
            case .submodels(let path), .deviceOnly(let path): try BundleFolder(reading: path)
            case .edge(let edge, let folder): try Self.ask(edge, folder, options.deadline)
            case .edgeOnly(let edge): try Self.ask(edge, nil, options.deadline)
            }
        if case .submodels = options.mode { try bundle.checkComplete() }
        (givenThreshold, self.model) = (options.threshold, model)
        var options = options
        options.threshold = options.threshold ?? bundle.manifest.threshold
        self.options = options
        current = Mutex(bundle)
        profile = try Self.profile(bundle.manifest, bundle.manifest.card, model)
        submodelProfile = try bundle.manifest.submodelCard.map { (card) throws(DeepVidError) in
            var model = model
            model.mayLackClasses = true
            return try Self.profile(bundle.manifest, card, model)
        }
    }

    private static func ask(_ edge: any EdgeService, _ path: String?, _ deadline: Duration) throws(DeepVidError) -> BundleFolder {
        let manifest: BundleManifest
        do throws(EdgeError) { manifest = try edge.manifest(deadline: deadline) } catch {
            guard let path else { throw DeepVidError(error) }
            if let kept = try? BundleFolder(reading: path) { return kept }
            throw DeepVidError(error, "; and \(path) holds no bundle of an earlier run to go on with")
        }
        return try BundleFolder(keeping: manifest, in: path)
    }

    private static func profile(
        _ manifest: BundleManifest, _ written: ModelCard, _ model: ModelOptions
    ) throws(DeepVidError) -> ModelProfile {
        var card = written
        card.score = model.score ?? card.score
        card.nmsIoU = model.nmsIoU ?? card.nmsIoU
        card.topK = model.topK ?? card.topK
        let labels: Labels
        do throws(VisionError) { labels = try Labels(card.labels) } catch {
            throw DeepVidError(.invalidBundle, error.description)
        }
        let digest = Array(manifest.json().utf8).withUnsafeBytes { SHA256.hex(of: $0) }
        return ModelProfile(
            name: manifest.name, sha256: digest, card: card, labels: labels, width: card.input.width ?? 0,
            height: card.input.height ?? 0,
            classCount: card.numClasses,
            filter: try ResultFilter(model, topK: card.topK, labels, of: manifest.name, count: card.numClasses), cardOrigin: "bundle.json")
    }

    /// For `--verbose`.
    public var summary: String {
        "\(profile.name): \(bundle.manifest.submodels) submodels, input \(profile.width)x\(profile.height), "
            + "head \(profile.card.head.rawValue), threshold \(options.threshold ?? 0) nats"
    }

    /// As it was read last.
    package var bundle: BundleFolder { current.withLock { $0 } }

    /// How frames of a bundle are routed from the start, or from where `router` was.
    package func makePlan(_ bundle: BundleFolder, resuming router: Router? = nil) -> RoutePlan {
        let settings = Router.Settings(cacheSize: options.submodelCache, hysteresis: options.hysteresis)
        return RoutePlan(
            options.plan, threshold: givenThreshold ?? bundle.manifest.threshold, partitions: bundle.manifest.partitions,
            router: router ?? Router(settings))
    }

    /// Loads a file of the bundle that is on disk.
    package func load(_ name: String, of bundle: BundleFolder) throws(DeepVidError) -> LoadedModel {
        name == BundleFile.selector ? try bundle.loadSelector() : try bundle.load(name, model)
    }

    /// Loads a file of the bundle from the disk, or gets it from the edge first. Slow.
    ///
    /// - Returns: the model, and whether it was downloaded.
    func obtain(_ name: String, of bundle: BundleFolder) throws(DeepVidError) -> (model: LoadedModel, isDownloaded: Bool) {
        guard let edge = options.edge, let path = bundle.path, let file = bundle.manifest[name] else {
            return (try load(name, of: bundle), false)
        }
        let isDownloaded = try downloads.withLock { (_) throws(DeepVidError) -> Bool in
            // A file with another content than it should have is fetched anew.
            if (try? file.contents(in: path)) != nil { return false }
            do throws(EdgeError) { try edge.fetch(file, into: path) } catch { throw DeepVidError(error) }
            return true
        }
        return (try load(name, of: bundle), isDownloaded)
    }

    /// Asks the edge for its bundle again, because its answers no longer fit `known`. Slow.
    ///
    /// However often its answers do not fit, it is asked less and less often, down to once in half a minute.
    ///
    /// - Returns: the bundle that the edge has now; nil if it is still the known one, or was asked a moment ago.
    /// - Throws: also if frames cannot be answered by it as they were so far: with another card, only a new run can.
    func refresh(_ known: BundleFolder) throws(DeepVidError) -> BundleFolder? {
        guard let edge = options.edge else { return nil }
        return try downloads.withLock { (wait) throws(DeepVidError) -> BundleFolder? in
            // Another input of this run may have asked already.
            if bundle.manifest != known.manifest { return bundle }
            guard wait.isOver() else { return nil }
            wait.recordFailure()
            let manifest: BundleManifest
            do throws(EdgeError) { manifest = try edge.manifest(deadline: options.deadline) } catch { throw DeepVidError(error) }
            if manifest == known.manifest { return nil }
            guard manifest.card == known.manifest.card, manifest.submodelCard == known.manifest.submodelCard else {
                throw DeepVidError(.edgeInvalidAnswer, "the edge has a bundle with another card now: start again to use it")
            }
            let bundle = try BundleFolder(keeping: manifest, in: known.path)
            current.withLock { $0 = bundle }
            return bundle
        }
    }
}
