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
    private static let placesPerFrame = 144
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
        let all = network.nodes.indices.compactMap { Convolution(network, $0) }
        let convolutions = all.filter { $0.group == 1 && $0.inputs * $0.window < Self.longestWindow }
        var windows: [Window: Convolution] = [:]
        for convolution in convolutions where network.producers[convolution.input] != nil { windows[Window(convolution)] = convolution }
        let names = Set(windows.keys.map(\.input)).sorted()
        guard !names.isEmpty else { return }
        var watched = network
        watched.addOutputs(names)
        let session = try Self.session(watched, model, threads: threads)
        let preparer = try FramePreparer(model.profile), normalization = model.card.input.normalization
        let order = windows.sorted { $0.key.input < $1.key.input }
        var sums = order.map { [Double](repeating: 0, count: Self.square($0.value)) }
        var counts = order.map { _ in 0 }
        var generator = SeededGenerator(seed: 1)
        for frame in frames where !isStopped() {
            let picture = try preparer.prepare(frame).pixels
            let outputs: [Tensor]
            do throws(InferenceError) {
                outputs = try session.run(
                    pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias)
            } catch { throw DeepVidError(.modelFailed, "\(model.name): \(error.description)", cause: error) }
            let tensors = Dictionary(
                zip(session.plan.outputs.map(\.name), outputs), uniquingKeysWith: { first, _ in first })
            for (index, (window, convolution)) in order.enumerated() {
                guard let tensor = tensors[window.input], tensor.elementType == .float32, tensor.shape.rank == 4, tensor.shape[0] == 1,
                    tensor.shape[1] == convolution.inputs
                else { continue }
                counts[index] += Self.add(tensor, convolution, &sums[index], &generator)
            }
        }
        for (index, (window, convolution)) in order.enumerated() where counts[index] > 0 {
            moments[window] = Moments(sum: sums[index], side: convolution.inputs * convolution.window + 1, windows: counts[index])
        }
    }

    private static func square(_ convolution: Convolution) -> Int {
        let side = convolution.inputs * convolution.window + 1
        return side * side
    }

    private static func session(_ network: Network, _ model: LoadedModel, threads: Int) throws(DeepVidError) -> Session {
        let file = ModelFile(name: model.name, bytes: try network.bytes(), sha256: "")
        let picture = PictureGraph(try LoadedModel.importing(file).graph)
        return Session(try LoadedModel.planning(picture.graph(for: model.input), model.input, file).plan, threads: threads)
    }

    /// - Returns: windows that were added.
    private static func add(
        _ tensor: Tensor, _ convolution: Convolution, _ sum: inout [Double], _ generator: inout SeededGenerator
    ) -> Int {
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
        if rows * columns <= placesPerFrame {
            for row in 0..<rows { for column in 0..<columns { places += [Int32(row), Int32(column)] } }
        } else {
            for _ in 0..<placesPerFrame {
                places += [Int32.random(in: 0..<Int32(rows), using: &generator), Int32.random(in: 0..<Int32(columns), using: &generator)]
            }
        }
        let count = places.count / 2, side = convolution.inputs * convolution.window + 1
        withUnsafeTemporaryAllocation(of: Float.self, capacity: side * (count + 8)) { scratch in
            dv_add_moments(&windows, places, Int32(count), scratch.baseAddress!, &sum)
        }
        return count
    }
}
