import Models
import CacheNet
import Vision

/// The full model and the selector of a bundle, loaded once for all that run them.
public struct BundleModels: Sendable {
    let folder: BundleFolder
    let full: LoadedModel
    let selector: LoadedModel

    public var manifest: BundleManifest { folder.manifest }
    public var path: String { folder.path }

    /// Loads the bundle at `folder`; every file has to be there, submodels also.
    ///
    /// - Throws: `DeepVidError` saying what to do.
    public init(folder: String) throws(DeepVidError) {
        let folder = try bundle { () throws(BundleError) in
            let folder = try BundleFolder(reading: folder)
            try folder.checkComplete()
            return folder
        }
        var options = ModelOptions()
        // Of what an edge answers a device may still choose.
        options.topK = max(folder.manifest.card.topK ?? 5, 20)
        self.folder = folder
        full = try folder.load(BundleFile.full, options)
        selector = try folder.loadSelector()
    }
}

extension BundleFolder {
    /// Loads the file `name` of the bundle, after checking that it is what the manifest says.
    ///
    /// - Parameter options: what of the card is replaced.
    func load(_ name: String, _ options: ModelOptions) throws(DeepVidError) -> LoadedModel {
        var options = options
        options.bundleCard = options.bundleCard ?? manifest.card
        let file = try modelFile(name)
        let model = try LoadedModel(options, file, LoadedModel.importing(file))
        guard model.input.channels == manifest.card.input.color.channels else {
            throw DeepVidError(
                .unusableModel,
                "\(name): takes \(model.input.channels) channels, and the bundle's card says \(manifest.card.input.color.rawValue); "
                    + "export it anew, or correct the card")
        }
        return model
    }

    /// The selector takes the pictures that the others take, and gives the two numbers of z̄.
    func loadSelector() throws(DeepVidError) -> LoadedModel {
        var options = ModelOptions()
        options.bundleCard = ModelCard(head: .embedding, input: manifest.card.input)
        options.bundleCard?.l2Normalize = false
        let model = try load(BundleFile.selector, options)
        guard model.plan.outputs.count == 1, let shape = model.plan.outputs[0].shape, shape.elementCount == 2 else {
            throw DeepVidError(
                .unusableModel, "\(BundleFile.selector): must have one output of two numbers, the code of a picture; export it anew"
            )
        }
        return model
    }

    private func modelFile(_ name: String) throws(DeepVidError) -> ModelFile {
        guard let file = manifest[name] else {
            throw DeepVidError(.invalidBundle, "\(path): the bundle has no \(name)")
        }
        return ModelFile(
            name: file.name, bytes: try bundle { () throws(BundleError) in try contents(of: file) }, sha256: file.sha256)
    }
}

/// Runs `body`; its `BundleError` becomes a run's.
func bundle<T>(_ body: () throws(BundleError) -> T) throws(DeepVidError) -> T {
    do throws(BundleError) {
        return try body()
    } catch {
        throw DeepVidError(named: error.code.rawValue, error.description, cause: error)
    }
}
