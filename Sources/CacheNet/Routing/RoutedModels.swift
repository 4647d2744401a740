import Models
import CacheNet
import FoundationEssentials
import Hashing
import Synchronization
import Vision

/// A bundle's models, for any number of inputs: says what is on disk, gets what is not, and loads it.
public final class RoutedModels: Sendable {
    enum Item: Hashable, Sendable {
        case full, selector
        case submodel(Int)

        var fileName: String {
            switch self {
            case .full: BundleFile.full
            case .selector: BundleFile.selector
            case .submodel(let k): BundleFile.submodel(k)
            }
        }
    }

    public let profile: ModelProfile
    let manifest: BundleManifest
    /// With the bundle's threshold where none was given.
    let options: RouteOptions
    /// Nil where nothing is kept.
    private let folder: BundleFolder?
    private let model: ModelOptions
    /// One download at a time, and none twice.
    private let downloads = Mutex(())

    /// Reads the bundle, or asks the edge for it; an edge that does not answer is done without if the bundle is on disk.
    ///
    /// - Parameter model: what of the bundle's card is replaced.
    public init(_ options: RouteOptions, model: ModelOptions) throws(DeepVidError) {
        var options = options
        if let edge = options.edge {
            (manifest, folder) = try Self.open(edge, options)
        } else {
            let there = try bundle { () throws(BundleError) in
                let there = try BundleFolder(reading: options.bundle ?? "")
                if options.mode == .submodels { try there.checkComplete() }
                return there
            }
            (manifest, folder) = (there.manifest, there)
        }
        options.threshold = options.threshold ?? manifest.threshold
        (self.options, self.model) = (options, model)
        profile = try Self.profile(manifest, model, options)
    }

    private static func open(
        _ edge: any EdgeService, _ options: RouteOptions
    ) throws(DeepVidError) -> (BundleManifest, BundleFolder?) {
        let manifest: BundleManifest
        do throws(EdgeError) { manifest = try edge.manifest(deadline: options.deadline) } catch {
            if let path = options.bundle, let there = try? BundleFolder(reading: path) { return (there.manifest, there) }
            throw DeepVidError(
                named: error.reason,
                error.description + (options.bundle.map { "; and \($0) holds no bundle of an earlier run to go on with" } ?? ""))
        }
        guard let path = options.bundle else { return (manifest, nil) }
        return (manifest, try bundle { () throws(BundleError) in try BundleFolder(keeping: manifest, in: path) })
    }

    private static func profile(
        _ manifest: BundleManifest, _ model: ModelOptions, _ routing: RouteOptions
    ) throws(DeepVidError) -> ModelProfile {
        var card = manifest.card
        card.score = model.score ?? card.score
        card.nmsIoU = model.nmsIoU ?? card.nmsIoU
        card.topK = model.topK ?? card.topK
        let labels: Labels
        do throws(VisionError) { labels = try Labels(card.labels) } catch {
            throw DeepVidError(.invalidBundle, error.description)
        }
        guard let width = card.input.width, let height = card.input.height else {
            throw DeepVidError(.invalidBundle, "\(manifest.name): the bundle's card says no size")
        }
        let digest = Array(manifest.json().utf8).withUnsafeBytes { SHA256.hex(of: $0) }
        return ModelProfile(
            name: manifest.name, sha256: digest, card: card, labels: labels, width: width, height: height,
            filter: try ResultFilter(model, topK: card.topK, labels))
    }

    /// For `--verbose`.
    public var summary: String {
        "\(manifest.name): \(manifest.submodels) submodels, input \(profile.width)x\(profile.height), head \(profile.card.head.rawValue), "
            + "threshold \(options.threshold ?? 0) nats"
    }

    /// Whether the file is there, so that getting it takes no network.
    func isOnDisk(_ item: Item) -> Bool {
        guard let folder, let file = manifest[item.fileName] else { return false }
        return folder.has(file)
    }

    /// Loads what is on disk.
    func load(_ item: Item) throws(DeepVidError) -> LoadedModel {
        guard let folder else { throw DeepVidError(.invalidOptions, "no folder for the bundle's models was given") }
        return item == .selector ? try folder.loadSelector() : try folder.load(item.fileName, model)
    }

    /// Loads what is on disk, or gets it from the edge first. Slow.
    ///
    /// - Returns: the model, and whether it was downloaded.
    func obtain(_ item: Item) throws(DeepVidError) -> (model: LoadedModel, isDownloaded: Bool) {
        guard let edge = options.edge, let folder, let file = manifest[item.fileName] else { return (try load(item), false) }
        let isDownloaded = try downloads.withLock { (_) throws(DeepVidError) -> Bool in
            // What has another content than it should is fetched anew.
            if (try? folder.contents(of: file)) != nil { return false }
            do throws(EdgeError) { try edge.fetch(file, into: folder.path) } catch {
                throw DeepVidError(named: error.reason, error.description)
            }
            return true
        }
        return (try load(item), isDownloaded)
    }
}

extension EdgeError {
    /// As records name it.
    var reason: String { "edge_\(code.rawValue)" }
}
