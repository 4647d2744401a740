import Foundation
import Hashing
import Models
import Synchronization
import Vision

@testable import CacheNet
@testable import DeepVid

/// An edge in this process, over a bundle of the fixtures, that can be made to behave like a bad one.
final class FakeEdge: EdgeService {
    enum Behaviour: Sendable {
        case good
        /// No answer within any deadline.
        case slow
        case gone
        case busy
        /// An answer of a class that there is none of.
        case wrongClass
        /// Boxes where classes were asked for.
        case wrongShape
        /// A submodel beyond the last.
        case wrongSelection
        /// The wrong bytes under the right name; a client that did not check.
        case wrongFiles
    }

    struct State {
        var behaviour: Behaviour
        var bundle: BundleFolder
        var asked = 0
        /// How often it was asked for its manifest.
        var described = 0
        var fetched: [String] = []
    }

    let state: Mutex<State>
    private let engine: Mutex<BundleEngine>

    init(_ behaviour: Behaviour = .good, _ folder: String = tinyBundle) throws {
        engine = Mutex(BundleEngine(try BundleModels(folder: folder), threads: 1))
        state = Mutex(State(behaviour: behaviour, bundle: try BundleFolder(reading: folder)))
    }

    /// From now on, `file` of its bundle is another one, which does the same.
    ///
    /// - Returns: its SHA-256.
    @discardableResult
    func change(_ file: String, in folder: String) throws -> String {
        try FileManager.default.copyItem(atPath: tinyBundle, toPath: folder)
        // Another name of the program that wrote the model: the last one counts in a protobuf message.
        let content = try Data(contentsOf: URL(fileURLWithPath: "\(tinyBundle)/\(file)")) + [0x12, 1, UInt8(ascii: "x")]
        try content.write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
        let sha256 = content.withUnsafeBytes { SHA256.hex(of: $0) }
        var manifest = state.withLock { $0.bundle.manifest }
        manifest.files = manifest.files.map { $0.name == file ? BundleFile(name: file, sha256: sha256, size: content.count) : $0 }
        let changed = try BundleFolder(keeping: manifest, in: folder)
        state.withLock { $0.bundle = changed }
        return sha256
    }

    func become(_ behaviour: Behaviour) { state.withLock { $0.behaviour = behaviour } }

    func manifest(deadline: Duration) throws(EdgeError) -> BundleManifest {
        try fail(deadline)
        return state.withLock { state in
            state.described += 1
            return state.bundle.manifest
        }
    }

    func infer(_ request: EdgeRequest, deadline: Duration) throws(EdgeError) -> EdgeAnswer {
        state.withLock { $0.asked += 1 }
        try fail(deadline)
        var answer: EdgeAnswer
        do {
            answer = try engine.withLock { try $0.infer(request) }
        } catch { throw EdgeError(.invalidAnswer, "\(error)") }
        let state = state.withLock { $0 }
        answer.submodelSHA256 = state.bundle.manifest[BundleFile.submodel(answer.selection.submodel)]?.sha256 ?? ""
        switch state.behaviour {
        case .wrongClass: answer.result = .classes([Classification(classID: 77, label: "?", score: 1)])
        case .wrongShape: answer.result = .detections([])
        case .wrongSelection: answer.selection.submodel = 9
        default: break
        }
        return answer
    }

    func fetch(_ file: BundleFile, into folder: String) throws(EdgeError) {
        try fail(.milliseconds(1))
        let bundle = state.withLock { $0.bundle }
        guard bundle.manifest[file.name] == file else { throw EdgeError(.invalidAnswer, "another file") }
        do {
            var content = try Data(contentsOf: URL(fileURLWithPath: "\(bundle.path!)/\(file.name)"))
            if case .wrongFiles = state.withLock({ $0.behaviour }) { content[200] ^= 1 }
            try content.write(to: URL(fileURLWithPath: "\(folder)/\(file.name)"), options: .atomic)
        } catch { throw EdgeError(.unreachable, "\(error)") }
        state.withLock { $0.fetched.append(file.name) }
    }

    private func fail(_ deadline: Duration) throws(EdgeError) {
        switch state.withLock({ $0.behaviour }) {
        case .slow:
            let parts = deadline.components
            Thread.sleep(forTimeInterval: Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
            throw EdgeError(.timeout, "no answer in \(deadline)")
        case .gone: throw EdgeError(.unreachable, "no connection")
        case .busy: throw EdgeError(.busy, "as much to do as it takes", retryAfter: .seconds(20))
        case .good, .wrongClass, .wrongShape, .wrongSelection, .wrongFiles: break
        }
    }
}
