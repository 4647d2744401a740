/// The cards of published models, each with the signature that it is recognised by.
enum BuiltInCards {
    typealias Entry = @Sendable (ModelSignature) -> HeadGuess.Guess?

    static let all: [Entry] = detectors + classifiers

    private static let imageNetMean = [123.675, 116.28, 103.53]
    private static let imageNetStd = [58.395, 57.12, 57.375]

    private static let detectors: [Entry] = [yoloxWithMean, ultralytics, distribution, fastestDet, ultraFace, yuNet]

    /// YOLOX 0.1.0 names its tensors `inputs` and `outputs`, and normalises; later releases do neither.
    private static let yoloxWithMean: Entry = { model in
        guard model.inputName == "inputs", model.outputs.count == 1, model.outputs[0].name == "outputs", model.channels == 3,
            model.outputs[0].hasShape(1, model.cells([8, 16, 32]), 85)
        else { return nil }
        let input = InputCard(color: .rgb, mean: imageNetMean, std: imageNetStd, resize: .letterboxTopLeft)
        return guess("YOLOX 0.1.0 (RGB, ImageNet mean and std, letterbox)", ModelCard(head: .yolox, input: input, labels: .coco80))
    }

    /// Exports named `images` → `output`/`output0`: YOLOv5, v7, v8, v11 and later YOLOX, told apart by their shapes.
    private static let ultralytics: Entry = { model in
        guard model.inputName == "images", model.channels == 3, model.outputs.count == 1, model.outputs[0].dims.count == 3,
            ["output", "output0"].contains(model.outputs[0].name), let rows = model.outputs[0].dims[1],
            let columns = model.outputs[0].dims[2]
        else { return nil }
        let cells = model.cells([8, 16, 32])
        let unit = InputCard(color: .rgb, std: [255, 255, 255], resize: .letterbox)
        func card(_ head: HeadKind, _ input: InputCard, _ classes: Int) -> ModelCard {
            ModelCard(head: head, input: input, labels: classes == 80 ? .coco80 : nil)
        }
        if rows == cells, columns == 85 {
            let raw = InputCard(color: .bgr, resize: .letterboxTopLeft)
            return guess("YOLOX (BGR 0…255, letterbox)", card(.yolox, raw, 80))
        }
        if rows == 3 * cells, columns > 5 {
            return guess("YOLOv5 or v7 (RGB/255, centred letterbox)", card(.yolov5, unit, columns - 5))
        }
        if columns == cells, rows > 4 {
            return guess("YOLOv8 or v11 (RGB/255, centred letterbox)", card(.yolov8, unit, rows - 4))
        }
        return nil
    }

    /// NanoDet (three strides) and PicoDet (four): a pair of outputs for each stride, 80 scores and 4 × 8 bins.
    private static let distribution: Entry = { model in
        func isPairs(_ strides: [Int]) -> Bool {
            model.outputs.count == 2 * strides.count
                && strides.allSatisfy { stride in
                    [80, 32].allSatisfy { columns in model.outputs.contains { $0.hasShape(1, model.cells([stride]), columns) } }
                }
        }
        guard model.channels == 3 else { return nil }
        if model.inputName == "input.1", isPairs([8, 16, 32]) {
            let input = InputCard(
                color: .bgr, mean: imageNetMean.reversed(), std: imageNetStd.reversed(), resize: .letterbox, pad: 0)
            return guess(
                "NanoDet (BGR, ImageNet mean and std, centred letterbox)", ModelCard(head: .nanodet, input: input, labels: .coco80))
        }
        if model.inputName == "image", isPairs([8, 16, 32, 64]) {
            let input = InputCard(color: .rgb, mean: imageNetMean, std: imageNetStd, resize: .stretch)
            return guess("PicoDet (RGB, ImageNet mean and std, stretched)", ModelCard(head: .picodet, input: input, labels: .coco80))
        }
        return nil
    }

    private static let fastestDet: Entry = { model in
        guard model.inputName == "input.1", model.channels == 3, model.outputs.count == 1,
            model.outputs[0].hasShape(1, 85, model.height / 16, model.width / 16)
        else { return nil }
        let input = InputCard(color: .bgr, std: [255, 255, 255], resize: .stretch)
        return guess("FastestDet (BGR/255, stretched)", ModelCard(head: .fastestdet, input: input, labels: .coco80))
    }

    private static let ultraFace: Entry = { model in
        let priors = 3 * model.cells([8]) + 2 * model.cells([16]) + 2 * model.cells([32]) + 3 * model.cells([64])
        guard model.inputName == "input", model.channels == 3, model.outputs.count == 2,
            model.output("scores")?.hasShape(1, priors, 2) == true, model.output("boxes")?.hasShape(1, priors, 4) == true
        else { return nil }
        let input = InputCard(color: .rgb, mean: [127, 127, 127], std: [128, 128, 128], resize: .stretch)
        var card = ModelCard(head: .ssd, input: input, labels: .names(["face"]))
        (card.score, card.nmsIoU) = (0.7, 0.3)
        // Some exports decode, some do not, with the same names and shapes: the head finds out.
        (card.strides, card.priors) = ([8, 16, 32, 64], [[10, 16, 24], [32, 48], [64, 96], [128, 192, 256]])
        card.variances = [0.1, 0.2]
        return guess("UltraFace (RGB, (x − 127)/128, stretched)", card)
    }

    private static let yuNet: Entry = { model in
        guard model.inputName == "input", model.channels == 3,
            [8, 16, 32].allSatisfy({ stride in
                [("cls", 1), ("obj", 1), ("bbox", 4)].allSatisfy { role, columns in
                    model.output("\(role)_\(stride)")?.hasShape(1, model.cells([stride]), columns) == true
                }
            })
        else { return nil }
        let input = InputCard(color: .bgr, resize: .letterboxTopLeft, pad: 0)
        return guess("YuNet (BGR 0…255, letterbox)", ModelCard(head: .yunet, input: input, labels: .names(["face"])))
    }

    static func guess(_ description: String, _ card: ModelCard) -> HeadGuess.Guess {
        HeadGuess.Guess(description: description, card: card)
    }
}
