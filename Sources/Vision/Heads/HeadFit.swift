/// Outputs of another number of classes than was said.
struct OtherClassCount: Error {
    /// As the outputs have it.
    let classes: Int
}

extension ModelCard {
    /// By how many times the classes of a detector may outnumber its boxes. LVIS's 1,203 classes over the 100 queries of DETR are 12; the rows
    /// of a YOLOv8 that are read as columns are 16 at an input of 256×256, and 100 at 640×640.
    private static let mostClassesABox = 15

    /// Refuses a head that somebody chose and that reads classes and boxes that the model cannot have: its shapes alone often let several
    /// heads read them, and the wrong one finds nothing in any frame.
    ///
    /// - Parameters:
    ///   - outputs: that `makeHead(…).validate` accepts.
    ///   - said: how many classes the model file names; nil where it names none.
    /// - Throws: code `unexpectedOutput`. Cards that say the number of their classes are believed.
    package func checkFit(_ outputs: [TensorSignature], classes said: Int?, modelWidth: Int, modelHeight: Int) throws(VisionError) {
        guard head.isDetector, labels == nil, numClasses == nil,
            // Without a number in the file, one that no model has: the error says what the outputs have.
            let found = classCount(outputs, unlike: said ?? Int.max, modelWidth: modelWidth, modelHeight: modelHeight)
        else { return }
        let sides = outputs.count == 1 && outputs[0].dims.count == 3 ? outputs[0].dims.dropFirst().compactMap(\.self).sorted() : []
        let boxes = sides.count == 2 && found > sides[1] / 2 ? sides[0] : nil
        let reading =
            "head '\(head.rawValue)' would read " + (boxes.map { "\($0) boxes of " } ?? "") + "\(found) classes out of the model's "
            + outputs.map(\.description).joined(separator: ", ")
        // Names may leave out the background.
        if let said, found != said + 1 {
            throw VisionError(.unexpectedOutput, "\(reading), but the file says that it has \(said)")
        }
        if said == nil, let boxes, found > Self.mostClassesABox * boxes {
            throw VisionError(.unexpectedOutput, "\(reading), which is no detector's: rows are taken for columns")
        }
    }

    /// How many classes the model has, as card, labels or outputs say; nil where none of them does.
    ///
    /// - Parameter outputs: that `makeHead(…).validate` accepts.
    package func classCount(_ outputs: [TensorSignature], labels: Labels, modelWidth: Int, modelHeight: Int) -> Int? {
        if !labels.names.isEmpty { return labels.names.count }
        return numClasses ?? classCount(outputs, unlike: Int.max, modelWidth: modelWidth, modelHeight: modelHeight)
    }

    /// How many classes the outputs have, if not `count`; nil if they have as many, or do not tell.
    private func classCount(_ outputs: [TensorSignature], unlike count: Int, modelWidth: Int, modelHeight: Int) -> Int? {
        var asked = self
        asked.numClasses = count
        do throws(VisionError) {
            try asked.makeHead(labels: Labels(names: []), modelWidth: modelWidth, modelHeight: modelHeight).validate(outputs)
            return nil
        } catch { return (error.cause as? OtherClassCount)?.classes }
    }
}
