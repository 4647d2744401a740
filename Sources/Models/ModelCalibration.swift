import Inference
import Vision

extension LoadedModel {
    /// Whether it is to be computed in levels that neither its file nor its card says: they are then found on pictures.
    package var wantsCalibration: Bool {
        guard profile.precision == .int8, let graph else { return false }
        return !graph.isQuantized && !graph.hasLevels
    }

    /// The model with the levels that suit those pictures, each prepared for its input.
    ///
    /// Takes four runs in floats a picture.
    package func calibrated(on pictures: [PixelBuffer], threads: Int) throws(DeepVidError) -> LoadedModel {
        guard let graph = try calibratedGraph(on: pictures, threads: threads) else { return self }
        do { return running(try Plan(graph), outputs) } catch { throw failure(error) }
    }

    /// Those levels as a card says them; nil where there is nothing to find.
    package func levels(on pictures: [PixelBuffer], threads: Int) throws(DeepVidError) -> [String: CardLevel]? {
        try calibratedGraph(on: pictures, threads: threads)?.namedLevels.mapValues { CardLevel(scale: $0.scale, zero: $0.zero) }
    }

    private func calibratedGraph(on pictures: [PixelBuffer], threads: Int) throws(DeepVidError) -> TypedGraph? {
        guard var graph, wantsCalibration, !pictures.isEmpty else { return nil }
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
            return graph
        } catch let error as DeepVidError {
            throw error
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: any Error) -> DeepVidError { DeepVidError(.modelFailed, "\(name): \(error)", cause: error) }
}
