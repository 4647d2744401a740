import Models
import Video

/// Models whose input takes the shape of the frames.
extension Model {
    /// Whether it is another one for inputs of another shape. One of several models is not, nor one with a memory, which is of one size.
    func followsFrames(_ options: RunOptions) -> Bool {
        guard case .single(let model) = source else { return false }
        return model.followsFrames && options.memory == nil
    }

    /// What the model sees of frames of such a size, in pixels; without one, as it is loaded.
    package func inputSize(for frame: (width: Int, height: Int)?, _ options: RunOptions) -> (width: Int, height: Int) {
        guard let frame, case .single(let model) = source, followsFrames(options) else { return inputSize }
        return model.inputSize(for: frame)
    }

    /// The model for frames of such a size.
    func shaped(for frame: (width: Int, height: Int), _ options: RunOptions) throws(DeepVidError) -> Model {
        guard case .single(let model) = source else { return self }
        return Model(try model.shaped(for: frame, options))
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

extension LoadedModel {
    /// The model for frames of such a size in a run with such options: with a memory, which is of one size, as it is loaded.
    func shaped(for frame: (width: Int, height: Int), _ options: RunOptions) throws(DeepVidError) -> LoadedModel {
        options.memory == nil ? try shaped(for: frame) : self
    }
}
