extension KnownModel {
    /// Published classifiers.
    static let classifiers: [KnownModel] = [
        classifier(
            "SqueezeNet 1.1 (BGR minus mean)", input: ("data_0", 3, 224), output: "softmaxout_1", classes: 1000, endsInSoftmax: true,
            InputCard(color: .bgr, mean: [103.939, 116.779, 123.68], resize: .centerCrop, cropResize: 256),
            labels: .carried(.imagenet1000)),
        classifier(
            "MobileNetV2 with background class (RGB, (x − 128)/128)", input: ("input", 3, 224), output: "prob", classes: 1001,
            endsInSoftmax: true, InputCard(mean: [128, 128, 128], std: [128, 128, 128], resize: .centerCrop, cropResize: 256),
            labels: .carried(.imagenet1001)),
        classifier(
            "CIFAR-10 ResNet (RGB, ImageNet mean and std)", input: ("input", 3, 32), output: "logits", classes: 10,
            InputCard(mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .stretch), labels: .names(Labels.cifar10)),
        classifier(
            "MLPerf Tiny ResNet-8 on CIFAR-10 (RGB 0…255)", input: ("input", 3, 32), output: "prob", classes: 10, endsInSoftmax: true,
            InputCard(resize: .stretch), labels: .names(Labels.cifar10)),
        classifier(
            "MLPerf Tiny visual wake words (RGB/255)", input: ("input", 3, 96), output: "prob", classes: 2, endsInSoftmax: true,
            InputCard(std: [255, 255, 255], resize: .stretch), labels: .names(["no person", "person"])),
        classifier(
            "Windows ML CIFAR-10 (RGB, x/127.5 − 1)", input: ("modelInput", 3, 32), output: "modelOutput", classes: 10,
            InputCard(mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5], resize: .stretch), labels: .names(Labels.cifar10)),
        classifier(
            "MNIST (gray 0…255, white on black)", input: ("Input3", 1, 28), output: "Plus214_Output_0", classes: 10,
            InputCard(color: .gray, resize: .stretch), labels: .names((0...9).map(String.init))),
    ]

    private static func classifier(
        _ description: String, input: (name: String, channels: Int, side: Int), output: String, classes: Int, endsInSoftmax: Bool = false,
        _ card: InputCard, labels: LabelSource
    ) -> KnownModel {
        KnownModel(
            description, card, labels: labels,
            adjust: { card, _ in if endsInSoftmax { card.activation = Activation.none } }
        ) { model in
            model.takes(input.name, input.channels, input.side, input.side) && model.outputs.count == 1 && model.outputs[0].name == output
                && (model.outputs[0].hasShape(1, classes) || model.outputs[0].hasShape(1, classes, 1, 1))
        }
    }
}
