import CKernels
import DeepVid
import Hashing
import Inference
import Models
import ONNXImport
import Tensors
import Vision

/// What a model's convolutions read on the user's frames, at one input size.
struct Calibration {
    /// By the windows that are read.
    private(set) var moments: [Window: Moments] = [:]

    /// Places of an output that are looked at in a frame. With some 40 frames these are several times the elements of the longest window.
    static let placesPerFrame = 144
    /// Elements of the longest window whose moments are taken: beyond, fitting takes minutes.
    private static let longestWindow = 1300

    /// What convolutions read alike.
    struct Window: Hashable {
        let input: String
        let extents, strides, dilations, pads: [Int]

        init(_ convolution: Convolution) {
            input = convolution.input
            (extents, strides, dilations, pads) = (
                Array(convolution.dims.suffix(2)), convolution.strides, convolution.dilations, convolution.pads
            )
        }
    }

    func of(_ convolution: Convolution) -> Moments? { moments[Window(convolution)] }

    /// Runs the network over frames, with its convolutions' inputs given out.
    ///
    /// - Parameters:
    ///   - network: at the size of `model`.
    ///   - model: the same network, loaded.
    ///   - isStopped: whether to give up; what was seen until then counts.
    init(
        _ network: Network, _ model: LoadedModel, _ frames: [Frame], threads: Int, isStopped: () -> Bool
    ) throws(DeepVidError) {
        let convolutions = network.nodes.indices.compactMap { Convolution(network, $0) }
            .filter { $0.group == 1 && $0.inputs * $0.window < Self.longestWindow && network.producers[$0.input] != nil }
        guard !convolutions.isEmpty else { return }
        var watched = network, sums = Sums(convolutions)
        watched.addOutputs(Set(convolutions.map(\.input)).sorted())
        let session = try Self.session(watched, model, threads: threads)
        let preparer = try FramePreparer(model.profile), normalization = model.card.input.normalization
        for frame in frames where !isStopped() {
            let picture = try preparer.prepare(frame).pixels
            do throws(InferenceError) {
                let outputs = try session.run(
                    pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias)
                sums.add(Dictionary(zip(session.plan.outputs.map(\.name), outputs), uniquingKeysWith: { first, _ in first }))
            } catch { throw DeepVidError(.modelFailed, "\(model.name): \(error.description)", cause: error) }
        }
        moments = sums.moments
    }

    /// - Parameter runs: what each run of the network made, by name.
    init(_ convolutions: [Convolution], _ runs: [[String: Tensor]]) {
        var sums = Sums(convolutions)
        for run in runs { sums.add(run) }
        moments = sums.moments
    }

    private static func session(_ network: Network, _ model: LoadedModel, threads: Int) throws(DeepVidError) -> Session {
        let file = ModelFile(name: model.name, bytes: try network.bytes(), sha256: "")
        let picture = PictureGraph(try LoadedModel.importing(file).graph)
        return Session(try LoadedModel.planning(picture.graph(for: model.input), model.input, file).plan, threads: threads)
    }

    /// Moments while they are summed up.
    private struct Sums {
        private let windows: [(window: Window, convolution: Convolution)]
        private var sums: [[Double]]
        private var counts: [Int]
        private var generator = SeededGenerator(seed: 1)

        init(_ convolutions: [Convolution]) {
            let distinct = Dictionary(convolutions.map { (Window($0), $0) }, uniquingKeysWith: { first, _ in first })
            windows = distinct.sorted { $0.key.input < $1.key.input }.map { ($0.key, $0.value) }
            sums = windows.map { [Double](repeating: 0, count: Self.side($0.convolution) * Self.side($0.convolution)) }
            counts = windows.map { _ in 0 }
        }

        private static func side(_ convolution: Convolution) -> Int { convolution.inputs * convolution.window + 1 }

        var moments: [Window: Moments] {
            var moments: [Window: Moments] = [:]
            for (index, (window, convolution)) in windows.enumerated() where counts[index] > 0 {
                moments[window] = Moments(sum: sums[index], side: Self.side(convolution), windows: counts[index])
            }
            return moments
        }

        mutating func add(_ tensors: [String: Tensor]) {
            for (index, (window, convolution)) in windows.enumerated() {
                guard let tensor = tensors[window.input], tensor.elementType == .float32, tensor.shape.rank == 4, tensor.shape[0] == 1,
                    tensor.shape[1] == convolution.inputs, tensor.shape.elementCount > 0
                else { continue }
                counts[index] += add(tensor, convolution, index)
            }
        }

        /// - Returns: windows that were added.
        private mutating func add(_ tensor: Tensor, _ convolution: Convolution, _ index: Int) -> Int {
            var windows = dv_windows()
            (windows.image, windows.channels) = (tensor.pointer(of: Float.self), Int32(tensor.shape[1]))
            (windows.height, windows.width) = (Int32(tensor.shape[2]), Int32(tensor.shape[3]))
            (windows.window_height, windows.window_width) = (Int32(convolution.dims[2]), Int32(convolution.dims[3]))
            (windows.stride_y, windows.stride_x) = (Int32(convolution.strides[0]), Int32(convolution.strides[1]))
            (windows.dilation_y, windows.dilation_x) = (Int32(convolution.dilations[0]), Int32(convolution.dilations[1]))
            (windows.pad_top, windows.pad_left) = (Int32(convolution.pads[0]), Int32(convolution.pads[1]))
            // Windows that begin in the image: with the usual paddings, all of them.
            let rows = (tensor.shape[2] - 1) / convolution.strides[0] + 1, columns = (tensor.shape[3] - 1) / convolution.strides[1] + 1
            var places: [Int32] = []
            if rows * columns <= Calibration.placesPerFrame {
                for row in 0..<rows { for column in 0..<columns { places += [Int32(row), Int32(column)] } }
            } else {
                for _ in 0..<Calibration.placesPerFrame {
                    places += [
                        Int32.random(in: 0..<Int32(rows), using: &generator), Int32.random(in: 0..<Int32(columns), using: &generator),
                    ]
                }
            }
            let count = places.count / 2
            withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.side(convolution) * (count + 8)) { scratch in
                dv_add_moments(&windows, places, Int32(count), scratch.baseAddress!, &sums[index])
            }
            return count
        }
    }
}
