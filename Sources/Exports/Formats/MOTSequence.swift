import Results

/// A sequence of MOTChallenge: `frame,id,left,top,width,height,confidence,-1,-1,-1`. Frames, and the left upper pixel, are number 1, as
/// its tools have them. The id of what is not followed is -1, as in its lists of detections.
final class MOTSequence: InputWriter {
    private let file: ExportFile

    init(_ file: ExportFile) { self.file = file }

    func add(_ frame: ExportedFrame) throws {
        // A file may contain any number.
        let number = frame.record.frame.addingReportingOverflow(1).partialValue
        for object in frame.objects {
            let box = [object.box[0] + 1, object.box[1] + 1, object.box[2], object.box[3]]
            let cells = box.map { numberText($0, decimals: 2) } + [numberText(object.score.isFinite ? object.score : 0, decimals: 4)]
            try file.write("\(number),\(object.trackID ?? -1),\(cells.joined(separator: ",")),-1,-1,-1\n")
        }
    }

    func finish() throws { try file.finish() }
    func discard() { file.discard() }
}
