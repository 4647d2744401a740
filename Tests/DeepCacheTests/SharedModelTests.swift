import CKernels
import DeepCache
import Inference
import ONNXImport
import Tensors
import Testing
import TestSupport

/// Published models beside the checkout; a bare clone does not have them.
enum SharedModels {
    static func path(_ name: String) -> String? {
        Files.sharedModels.first { $0.hasSuffix("/\(name)") }
    }

    static let names = [
        "yolox_nano_416.onnx", "nanodet_m_416.onnx", "picodet_s_320_coco.onnx", "fastestdet_352.onnx",
        "mobilenet_v2_1.0_224_imagenet1001.onnx",
        "squeezenet_imagenet_fp32.onnx", "yunet_n_320_320.onnx", "ultraface_version-RFB-320.onnx",
    ]
    static var present: [String] { names.filter { path($0) != nil } }
}

/// Incremental = dense on real networks: a square moves over a still picture, then rests, then jumps.
@Suite(.enabled(if: !SharedModels.present.isEmpty, "../shared/models is not there"))
struct SharedModelTests {
    /// A model with both kinds of session.
    private struct Model {
        let dims: [Int]
        let plan: Plan
        let dense: Session
        let session: IncrementalSession
        let scale: [Float]
        let bias: [Float]

        init(_ name: String) throws {
            let graph = try ONNXModel.load(path: try #require(SharedModels.path(name))).graph
            let input = try #require(graph.inputs.first)
            dims = input.dims.map { if case .fixed(let extent) = $0 { extent } else { 1 } }
            dense = Session(try Plan(graph, inputShapes: [input.name: Shape(dims)]))
            plan = try Plan(graph, inputShapes: [input.name: Shape(dims)], sharesMemory: false)
            session = try IncrementalSession(plan, threads: 2)
            (scale, bias) = (Array(repeating: 1 / 64, count: dims[1]), Array(repeating: -2, count: dims[1]))
        }
    }

    @Test(arguments: SharedModels.present)
    func incrementalEqualsDense(name: String) throws {
        let model = try Model(name)
        let (dims, plan, dense, session) = (model.dims, model.plan, model.dense, model.session)
        let (scale, bias) = (model.scale, model.bias)
        var dice = Dice(1), film = Film(height: dims[2], width: dims[3], channels: dims[1], &dice)
        let background = film.pixels, size = 24
        var place = (y: 40, x: 50), refreshed = false
        for (frame, next) in [(40, 50), (40, 57), (43, 57), (43, 57), (150, 101)].enumerated() {
            let changed = film.moveSquare(from: place, to: (next.0, next.1), size: size, background: background)
            place = (next.0, next.1)
            let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
            let got: [Tensor]
            if !refreshed {
                got = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
                refreshed = true
            } else {
                let result = try session.update(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed)
                got = result.outputs
                #expect(result.macs <= plan.macs)
                // The first layers at least see only the square.
                if frame < 4 { #expect(result.macs < plan.macs, "frame \(frame) saved nothing") }
            }
            if let difference = difference(got, wanted) {
                Issue.record("\(name), frame \(frame): \(difference)")
                return
            }
        }
    }

    /// The camera moves: what strides divide is reused, what they do not is computed, and both are exact.
    @Test(arguments: SharedModels.present)
    func displacedEqualsDense(name: String) throws {
        let model = try Model(name)
        let (dims, plan, dense, session) = (model.dims, model.plan, model.dense, model.session)
        let (scale, bias) = (model.scale, model.bias)
        var dice = Dice(2), film = Film(height: dims[2], width: dims[3], channels: dims[1], &dice)
        _ = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
        for (frame, motion) in [(32, 0), (0, -64), (-8, 16), (1, 0), (0, 0), (4, -2)].enumerated() {
            // Also as DeepCache has it, from the third frame on.
            if frame == 2 { session.setRules { _, traits in traits.isConvolution ? .kept(unlessAbove: 0.8, orSide: 5) : .recomputed } }
            let motion = Motion(x: motion.0, y: motion.1), changed = film.displace(by: motion, &dice)
            let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
            let got = try session.update(
                pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed, motion: motion)
            if let difference = difference(got.outputs, wanted) {
                Issue.record("\(name), frame \(frame), \(motion): \(difference)")
                return
            }
            if frame < 2 { #expect(got.macs < plan.macs, "frame \(frame) saved nothing") }
        }
    }
}
