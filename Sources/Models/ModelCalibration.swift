import Inference
import Vision

extension LoadedModel {
    /// Whether it is to be computed in levels that its file does not say: they are then found on pictures.
    package var wantsCalibration: Bool { profile.precision == .int8 && !(graph?.isQuantized ?? true) }

    /// The model with the levels that suit those pictures, each prepared for its input.
    ///
    /// Takes four runs in floats a picture.
    package func calibrated(on pictures: [PixelBuffer], threads: Int) throws(DeepVidError) -> LoadedModel {
        guard var graph, wantsCalibration, !pictures.isEmpty else { return self }
        do {
            graph.precision = .fp32
            let network = DenseNetwork(running(try Plan(graph), outputs), threads: threads)
            var calibration = LevelCalibration()
            for pass in 0..<2 {
                if pass == 1 { calibration.beginSecondPass() }
                for picture in pictures {
                    _ = try network.run(picture)
                    try calibration.add(network.session)
                }
            }
            graph.precision = .int8
            graph.use(calibration)
            return running(try Plan(graph), outputs)
        } catch let error as DeepVidError {
            throw error
        } catch {
            throw DeepVidError(.modelFailed, "\(name): \(error)", cause: error)
        }
    }
}
