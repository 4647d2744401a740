import Models
import CacheNet
import Tensors
import Vision

/// The selector of a bundle: picture in, submodel out (paper §5.1).
struct SelectorNetwork {
    private let network: DenseNetwork
    private let partitions: Partitions

    init(_ selector: LoadedModel, _ partitions: Partitions, threads: Int) {
        network = DenseNetwork(selector, threads: threads)
        self.partitions = partitions
    }

    func select(_ picture: PixelBuffer) throws(DeepVidError) -> Selection {
        let code = try network.run(picture)[0].tensor.elements(of: Float.self)
        return partitions.select(Double(code[0]), Double(code[1]))
    }
}
