import Vision

/// Runs a network on one prepared picture.
protocol ModelRunner {
    /// - Throws: `PipelineError` when an operator fails on the data.
    mutating func run(_ picture: PixelBuffer) throws(PipelineError) -> [NamedTensor]
}
