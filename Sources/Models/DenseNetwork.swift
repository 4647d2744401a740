import Inference
import Tensors
import Vision

/// A session fed with prepared pictures.
package struct DenseNetwork {
    package let session: Session
    private let model: LoadedModel
    private let normalization: Normalization

    package init(_ model: LoadedModel, plan: Plan? = nil, threads: Int) {
        (self.model, normalization) = (model, model.card.input.normalization)
        session = Session(plan ?? model.plan, threads: threads)
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
        return Tensor(input.shape, of: Float.self) { floats in
            for channel in 0..<input.channels {
                for y in 0..<input.height {
                    let (row, start) = (picture.row(y), (channel * input.height + y) * input.width)
                    for x in 0..<input.width {
                        floats[start + x] = normalization.apply(row[x * input.channels + channel], channel: channel)
                    }
                }
            }
        }
    }
}
