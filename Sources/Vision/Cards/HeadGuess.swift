/// Recognises published models by the names and shapes of their inputs and outputs; never by file name.
///
/// A guess is made only where a signature leaves no doubt about the pre-processing too: wrong colours do not fail, they
/// just make a model worse.
public enum HeadGuess {
    public struct Guess: Sendable {
        /// What the model was taken for, with the defaults used where an export does not tell.
        public let description: String
        public let card: ModelCard
    }

    /// The card of a known model; nil when it needs a card of its own.
    public static func card(inputs: [TensorSignature], outputs: [TensorSignature]) -> ModelCard? {
        guess(inputs: inputs, outputs: outputs)?.card
    }

    public static func guess(inputs: [TensorSignature], outputs: [TensorSignature]) -> Guess? {
        guard let model = ModelSignature(inputs: inputs, outputs: outputs) else { return nil }
        return BuiltInCards.all.lazy.compactMap { $0(model) }.first
    }
}

/// A model with one picture as its input.
struct ModelSignature {
    let inputName: String
    let channels, height, width: Int
    let outputs: [TensorSignature]

    init?(inputs: [TensorSignature], outputs: [TensorSignature]) {
        guard inputs.count == 1, inputs[0].dims.count == 4, let channels = inputs[0].dims[1], let height = inputs[0].dims[2],
            let width = inputs[0].dims[3], [1, 3].contains(channels), height > 0, width > 0, inputs[0].hasShape(1, nil, nil, nil)
        else { return nil }
        (inputName, self.channels, self.height, self.width, self.outputs) = (inputs[0].name, channels, height, width, outputs)
    }

    /// Cells of grids of these strides.
    func cells(_ strides: [Int]) -> Int { GridLevels(strides: strides, modelWidth: width, modelHeight: height).count }

    func output(_ name: String) -> TensorSignature? { outputs.first { $0.name == name } }

    /// Whether the input has this name and size.
    func takes(_ name: String, _ channels: Int, _ height: Int, _ width: Int) -> Bool {
        (inputName, self.channels, self.height, self.width) == (name, channels, height, width)
    }
}
