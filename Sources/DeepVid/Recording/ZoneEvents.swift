import Results
import Tracking
import Vision

extension ZoneEvent {
    /// An event of the layout under the names that its zones and lines have.
    init(_ event: ZoneWatch.Event, _ layout: ZoneLayout, _ trackID: Int, _ label: String, _ classID: Int) {
        switch event {
        case .entered(let zone): self.init(.enter, zone: layout.zones[zone].name, trackID: trackID, label: label, classID: classID)
        case .left(let zone, let seconds):
            self.init(.leave, zone: layout.zones[zone].name, trackID: trackID, label: label, classID: classID, dwellS: seconds)
        case .dwelt(let zone, let seconds):
            self.init(.dwell, zone: layout.zones[zone].name, trackID: trackID, label: label, classID: classID, dwellS: seconds)
        case .crossed(let line, let direction):
            self.init(
                .cross, line: layout.lines[line].name, trackID: trackID, label: label, classID: classID, direction: direction.rawValue)
        }
    }
}

extension Box {
    /// From a record's [x, y, width, height], which were a model's floats.
    init(_ box: [Double]) { self.init(x: Float(box[0]), y: Float(box[1]), width: Float(box[2]), height: Float(box[3])) }
}
