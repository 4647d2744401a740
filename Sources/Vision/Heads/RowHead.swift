/// A YOLO whose rows are box, class and the tail of its task.
protocol RowHead: DetectionHead {
    var tail: RowTail { get }
    /// The four values of a row's box as the model gives them, and its tail.
    func values(_ row: Int, _ outputs: [NamedTensor]) -> (box: SIMD4<Float>, tail: [Float])
}

extension RowHead {
    func suppressed(_ candidates: [Candidate], _ outputs: [NamedTensor]) -> [Candidate] {
        guard tail.task == .obb else { return settings.suppression(candidates) }
        return settings.suppression(candidates) { rotated($0.row, outputs) }
    }

    func shape(of candidate: Candidate, _ outputs: [NamedTensor], _ placement: Placement) -> ObjectShape? {
        guard tail.task == .obb else {
            return tail.shape(of: candidate.box, values(candidate.row, outputs).tail, outputs, settings, placement)
        }
        return .rotated(rotated(candidate.row, outputs).placed(placement))
    }

    /// The turned box of a row, in model pixels.
    func rotated(_ row: Int, _ outputs: [NamedTensor]) -> RotatedBox {
        let (box, tail) = values(row, outputs)
        return RotatedBox(centerX: box.x, centerY: box.y, width: box.z, height: box.w, angle: tail[0])
    }
}
