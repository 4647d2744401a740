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

    func record(_ state: GapRecord.State, source: String, info: StreamInfo? = nil) -> GapRecord {
        GapRecord(
            source: source, state: state, time: UTCTime.text(Arrival.now.wall), ptsS: lastPts, reason: cause.code.rawValue, message: cause.message,
            attempts: state == .closed ? attempts : nil, durationS: state == .closed ? since.age / 1000 : nil,
            video: info.map(BeginRecord.Video.init))
    }
}
