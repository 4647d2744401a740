import DeepVid

/// Says of models whose classes have no names how to name them: `class_818` tells nobody anything.
func adviseLabels(_ model: Model, then: [ThenModel]) {
    let second = then.map(\.model.profile).filter(\.lacksLabels).map(\.name)
    for name in model.modelsWithoutLabels { Console.info("\(name): \(nameless); --labels FILE, with a name a line, or a card names them") }
    for name in second { Console.info("\(name): \(nameless); a card beside it names them (\"labels\")") }
}

private let nameless = "its classes have no names, and are called class_0 and so on"
