import Models
import CacheNet
import Foundation
import DeepVid

/// Bundle manifests, and what a device and an edge make of them, beside the models of Fixtures/bundles/tiny.
enum BundleFuzz {
    /// A copy of the bundle, of which the manifest is written anew each time.
    private static let folder: URL = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "deepvid-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
        // Fails where libFuzzer starts this process in another folder than the repository's: then there is nothing to test.
        try! FileManager.default.copyItem(at: URL(filePath: "Fixtures/bundles/tiny"), to: folder)
        atexit { BundleFuzz.remove() }
        return folder
    }()

    private static func remove() { try? FileManager.default.removeItem(at: folder) }

    static func feed(_ bytes: Data) {
        guard let manifest = try? BundleManifest(json: bytes) else { return }
        // What was read is written as it was read: devices keep an edge's manifest so.
        let again = try? BundleManifest(json: Data(manifest.json().utf8))
        precondition(again == manifest, "the manifest is another after writing it")
        guard (try? bytes.write(to: folder.appending(path: BundleFolder.manifestName))) != nil else { return }
        _ = try? RoutedModels(RouteOptions(.submodels(bundle: folder.path)), model: ModelOptions())
        let (width, height, channels) = manifest.input
        guard width * height * channels < 1_000_000 else { return }
        _ = try? BundleModels(folder: folder.path)
    }
}
