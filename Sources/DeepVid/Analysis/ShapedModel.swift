import Models
import Video

/// Models whose input takes the shape of the frames.
extension Model {
    /// Whether it is another one for inputs of another shape. One of several models is not, nor one with a memory, which is of one size.
    func followsFrames(_ options: RunOptions) -> Bool {
        guard case .single(let model) = source else { return false }
        return model.followsFrames && options.memory == nil
    }

    /// What the model sees of an input, in pixels; of one that could not be opened, as it is loaded.
    package func inputSize(for info: StreamInfo?, _ options: RunOptions) -> (width: Int, height: Int) {
        guard let info, case .single(let model) = source, followsFrames(options) else { return inputSize }
        return model.inputSize(for: (info.width, info.height))
    }

    /// The model for frames of such a size.
    func shaped(for frame: (width: Int, height: Int), _ options: RunOptions) throws(DeepVidError) -> Model {
        guard case .single(let model) = source, followsFrames(options) else { return self }
        return Model(try model.shaped(for: frame))
    }

    /// The model as it runs over an input: in the shape of its frames, and in levels that suit the first ones.
    ///
    /// - Throws: what opening and reading the input throws; where it cannot be read twice.
    func suited(
        to info: StreamInfo, of input: String, _ options: RunOptions, _ control: RunControl
    ) throws(DeepVidError) -> Model {
        try shaped(for: (info.width, info.height), options).calibrated(on: input, options, control)
    }
}
