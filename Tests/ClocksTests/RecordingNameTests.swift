import Clocks
import Testing

@Suite struct RecordingNameTests {
    /// - Parameter time: with `Z` where the name says the instant, without where it says what a clock showed.
    @Test(arguments: [
        // Hikvision
        ("192.168.1.64_01_20261121180000.mp4", "2026-11-21T18:00:00.000", "192.168.1.64_01"),
        ("192.168.88.67_01_20261121045313183_TIMING.mp4", "2026-11-21T04:53:13.183", "192.168.88.67_01"),
        ("ch01_20261121180000_20261121183000.mp4", "2026-11-21T18:00:00.000", "ch01"),
        // Dahua
        ("NVR_ch1_main_20261121180000_20261121183000.dav", "2026-11-21T18:00:00.000", "NVR_ch1_main"),
        ("sd/gate/2026-11-21/001/dav/18/18.00.05-18.05.00[M][0@0][0].dav", "2026-11-21T18:00:05.000", "001"),
        ("2026-11-29/002/dav/22/22.15.00-22.20.00[M][0@0][0].dav", "2026-11-29T22:15:00.000", "002"),
        // Reolink
        ("Gate_00_20261121180000.mp4", "2026-11-21T18:00:00.000", "Gate_00"),
        ("RecM01_DST20260715_182200_182230_6732828_1234.mp4", "2026-07-15T18:22:00.000", "RecM01"),
        // UniFi
        ("Front Door - 2-9-2026, 11.21.12pm.mp4", "2026-02-09T23:21:12.000", "Front Door"),
        ("Front Door - 2-9-2026, 12.00.00am.mp4", "2026-02-09T00:00:00.000", "Front Door"),
        ("Gate 11-21-2026, 18.00.00 GMT+1.mp4", "2026-11-21T17:00:00.000Z", "Gate"),
        ("Gate 11-21-2026, 18.00.00 GMT-3:30 - 11-21-2026, 18.05.00 GMT-3:30.mp4", "2026-11-21T21:30:00.000Z", "Gate"),
        ("gate_0_rotating_1606742747123_9.ubv", "2020-11-30T13:25:47.123Z", "gate_0_rotating"),
        // Frigate
        ("recordings/2026-11-21/18/gate/05.12.mp4", "2026-11-21T18:05:12.000Z", "gate"),
        ("gate-1606742747.272411-0lbwng.mp4", "2020-11-30T13:25:47.272Z", "gate"),
        ("gate_20261121_180000-20261121_183000.mp4", "2026-11-21T18:00:00.000", "gate"),
        // Others
        ("shed/2020113013/25M47S_1606742747.mp4", "2020-11-30T13:25:47.000Z", "shed"),
        ("Gate.20261121_180000.mp4", "2026-11-21T18:00:00.000", "Gate"),
        ("yard/2026-11-21/18-00-07.mp4", "2026-11-21T18:00:07.000", "yard"),
        ("yard/2026/11/21/18-00-07.mp4", "2026-11-21T18:00:07.000", "yard"),
        ("shed/record/20261121/18/05.mp4", "2026-11-21T18:05:00.000", "shed"),
        ("2026_1121_180000_0001F.MP4", "2026-11-21T18:00:00.000", ""),
        ("PXL_20261121_180000123.mp4", "2026-11-21T18:00:00.123Z", "PXL"), ("VID_20261121_180000.mp4", "2026-11-21T18:00:00.000", "VID"),
        ("2026-11-21 18-00-00.mkv", "2026-11-21T18:00:00.000", ""), ("2026.11.21_18.00.00.mkv", "2026-11-21T18:00:00.000", ""),
        ("gate/2026-11-21T18:00:00+0130.mp4", "2026-11-21T16:30:00.000Z", "gate"),
        ("Door abcd - 2026-11-21 - 18.00.00-0500.mp4", "2026-11-21T23:00:00.000Z", "Door abcd"),
        ("night-20261121T180000Z.mp4", "2026-11-21T18:00:00.000Z", "night"), ("20240229120000.mp4", "2024-02-29T12:00:00.000", ""),
    ])
    func namesOfRecorders(path: String, time: String, camera: String) throws {
        let name = try #require(RecordingName(path: path), "\(path)")
        switch name.start {
        case .shown(let seconds): #expect(UTCTime.text(seconds) == time + "Z", "\(path)")
        case .instant(let seconds): #expect(UTCTime.text(seconds) == time, "\(path)")
        }
        #expect((name.camera ?? "") == camera, "\(path)")
    }

    /// A date alone, a time alone, numbers that are neither, and days that there are not.
    @Test(arguments: [
        "street.mp4", "", "/", "VID-20261121-WA0001.mp4", "2026-11-21.mp4", "18-00-00.mp4", "gate/18/05.12.mp4", "20261321180000.mp4",
        "20260230120000.mp4", "20230229120000.mp4", "20261121240000.mp4", "20261121186000.mp4", "1234567890123456789.mp4",
        "00000000000000.mp4",
        "Front Door - 21-9-2026, 11.21.12pm.mp4", "Front Door - 2-9-2026, 13.21.12pm.mp4", "99999999999.mp4", "2012345678.mp4",
        "gate-1606742747.mp4", "clip_12.30.45.mp4",
        "2026-11-21/notes.mp4", "rtsp://u:***@gate.local/20261121", "caf\u{EFE9}.mp4",
    ])
    func namesWithoutATime(path: String) { #expect(RecordingName(path: path) == nil, "\(path)") }

    /// The folder that tells cameras of one name apart: no date, and not the camera's own.
    @Test func dahuaChannelsAreInTheRecordersFolder() throws {
        let name = try #require(RecordingName(path: "a/b/nvr/2026-11-29/001/dav/22/22.15.00-22.20.00[M][0@0][0].dav"))
        #expect(name.camera == "001")
        #expect(name.place == "nvr")
    }

    @Test(arguments: [
        ("front/ch01_20261121180000.mp4", "front"), ("front/2026-11-21/18/ch01_20261121180000.mp4", "front"),
        ("front/ch01/2026-11-21/18-00-07.mp4", "front"), ("ch01/2026-11-21/18-00-07.mp4", ""), ("ch01_20261121180000.mp4", ""),
    ])
    func placesOfCameras(path: String, place: String) throws {
        let name = try #require(RecordingName(path: path))
        #expect(name.camera == "ch01")
        #expect((name.place ?? "") == place)
    }
}
