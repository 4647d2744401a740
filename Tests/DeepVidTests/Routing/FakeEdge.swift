import CacheNet
import Foundation
import Synchronization
import Vision

@testable import DeepVid

/// An edge in this process, over the tiny bundle, that can be made to behave like a bad one.
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
        var behaviour = Behaviour.good
        var asked = 0
        var fetched: [String] = []
    }

    let state = Mutex(State())
    private let engine: Mutex<BundleEngine>
    private let bundle: BundleFolder

    init(_ behaviour: Behaviour = .good) throws {
        bundle = try BundleFolder(reading: tinyBundle)
        engine = Mutex(try BundleEngine(folder: tinyBundle, threads: 1))
        state.withLock { $0.behaviour = behaviour }
    }

    func become(_ behaviour: Behaviour) { state.withLock { $0.behaviour = behaviour } }

    func manifest(deadline: Duration) throws(EdgeError) -> BundleManifest {
        try complain(deadline)
        return bundle.manifest
    }

    func infer(_ request: EdgeRequest, deadline: Duration) throws(EdgeError) -> EdgeAnswer {
        state.withLock { $0.asked += 1 }
        try complain(deadline)
        var answer: EdgeAnswer
        do {
            answer = try engine.withLock { engine in
                try request.pixels.withUnsafeBytes { try engine.infer(pixels: $0, placement: request.placement) }
            }
        } catch { throw EdgeError(.invalidAnswer, "\(error)") }
        switch state.withLock({ $0.behaviour }) {
        case .wrongClass: answer.result = .classes([Classification(classID: 77, label: "?", score: 1)])
        case .wrongShape: answer.result = .detections([])
        case .wrongSelection: answer.selection.submodel = 9
        default: break
        }
        return answer
    }

    func fetch(_ file: BundleFile, into folder: String) throws(EdgeError) {
        try complain(.milliseconds(1))
        do {
            var content = try Data(contentsOf: URL(fileURLWithPath: bundle.path(of: file)))
            if case .wrongFiles = state.withLock({ $0.behaviour }) { content[200] ^= 1 }
            try content.write(to: URL(fileURLWithPath: "\(folder)/\(file.name)"), options: .atomic)
        } catch { throw EdgeError(.unreachable, "\(error)") }
        state.withLock { $0.fetched.append(file.name) }
    }

    private func complain(_ deadline: Duration) throws(EdgeError) {
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
