import Inference
import Tensors
import Vision

/// A session fed with prepared pictures.
package struct DenseNetwork {
    package let session: Session
    private let model: LoadedModel
    private let normalization: Normalization

    package init(_ model: LoadedModel, threads: Int) {
        (self.model, normalization) = (model, model.card.input.normalization)
        session = Session(model.plan, threads: threads)
    }

    package func run(_ picture: PixelBuffer) throws(DeepVidError) -> [NamedTensor] {
        do throws(InferenceError) {
            // Where the first layer does not take pixels itself (a `Flatten` first, say), they are normalised into a tensor.
            let outputs =
                model.takesPixels
                ? try session.run(pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias)
                : try session.run([tensor(of: picture)])
            return zip(session.plan.outputs, outputs).map { NamedTensor($0.name, $1) }
        } catch {
            throw DeepVidError(.modelFailed, error.description)
        }
    }

    private func tensor(of picture: PixelBuffer) -> Tensor {
        let input = model.input
        func fill<Element: TensorElement>(_ value: (UInt8, _ channel: Int) -> Element) -> Tensor {
            Tensor(input.shape, of: Element.self) { elements in
                for channel in 0..<input.channels {
                    for y in 0..<input.height {
                        let (row, start) = (picture.row(y), (channel * input.height + y) * input.width)
                        for x in 0..<input.width { elements[start + x] = value(row[x * input.channels + channel], channel) }
                    }
                }
            }
        }
        // Whole numbers are the bytes as they are: `ModelInput` lets no card say otherwise.
        return switch input.elementType {
        case .float32: fill { normalization.apply($0, channel: $1) }
        case .uint8: fill { byte, _ in UInt8(byte) }
        case .int8: fill { byte, _ in Int8(clamping: byte) }
        case .uint16: fill { byte, _ in UInt16(byte) }
        case .int16: fill { byte, _ in Int16(byte) }
        case .uint32: fill { byte, _ in UInt32(byte) }
        case .int32: fill { byte, _ in Int32(byte) }
        case .uint64: fill { byte, _ in UInt64(byte) }
        case .int64: fill { byte, _ in Int64(byte) }
        case .bool: fill { byte, _ in byte > 0 }
        }
    }
}
