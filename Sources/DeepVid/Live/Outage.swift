import Models
import Results
import Video

/// A time without pictures.
struct Outage {
    let cause: DeepVidError
    /// The last frame before, if there was one.
    let lastPts: Double?
    /// When the last picture was received, or the first attempt began.
    let since: Arrival
    /// When the break was noticed.
    let noticed = Arrival.now
    var attempts = 0

    func record(_ state: OutageRecord.State, source: String, info: StreamInfo? = nil) -> OutageRecord {
        var record = OutageRecord(
            source: source, state: state, time: UTCTime.text(Arrival.now.wall), reason: cause.code.rawValue, message: cause.message)
        record.ptsS = lastPts
        if state == .closed { (record.attempts, record.durationS) = (attempts, since.age / 1000) }
        record.video = info.map(BeginRecord.Video.init)
        return record
    }
}
