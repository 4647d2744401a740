import Results
import Video

/// `deepvid inspect VIDEO`.
enum VideoDescription {
    static func text(_ info: StreamInfo, source: String) -> String {
        var rows = [("video", "\(source) (\(info.container))")]
        rows += info.streams.map { stream in
            ("stream \(stream.index)", "\(stream.kind), \(stream.codec)\(stream.index == info.stream ? "  ← the one that is decoded" : "")")
        }
        rows.append(("size", "\(info.width)×\(info.height)" + (info.rotation == 0 ? "" : ", coded \(info.codedWidth)×\(info.codedHeight)")))
        if info.rotation != 0 { rows.append(("rotation", "\(info.rotation)° clockwise")) }
        if let rate = info.averageFrameRate, let fps = rate.value {
            rows.append(("frame rate", "\(Formatting.fixed(fps, 3)) fps (\(rate))"))
        }
        if let seconds = info.duration { rows.append(("duration", "\(Formatting.duration(seconds)) (\(Formatting.fixed(seconds, 3)) s)")) }
        if let frames = info.frameCount { rows.append(("frames", "\(frames)")) }
        if let rate = info.bitRate { rows.append(("bit rate", "\(Formatting.fixed(Double(rate) / 1000, 0)) kbit/s")) }
        rows.append(("pixels", "\(info.pixelFormat)\(info.isInterlaced ? ", interlaced" : "")\(info.hasBFrames ? ", B frames" : "")"))
        rows.append(
            (
                "colour",
                "\(info.colorMatrix.rawValue) matrix, \(info.colorRange.rawValue) range (flags: space \(info.colorSpace), "
                    + "primaries \(info.colorPrimaries), transfer \(info.colorTransfer))"
            ))
        rows.append(("time base", "\(info.timeBase)"))
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "\($0.0.padded(to: width))  \($0.1)" }.joined(separator: "\n")
    }

    static func json(_ info: StreamInfo, source: String) -> String {
        var json = JSONText()
        json.object { json in
            json.member("kind", "video")
            json.member("source", source)
            json.member("container", info.container)
            json.member("stream", info.stream)
            json.member("codec", info.codec)
            json.member("width", info.width)
            json.member("height", info.height)
            json.member("coded_width", info.codedWidth)
            json.member("coded_height", info.codedHeight)
            json.member("rotation_deg", info.rotation)
            if let fps = info.averageFrameRate?.value { json.member("fps", fps, decimals: 3) }
            json.member("time_base", "\(info.timeBase)")
            if let seconds = info.duration { json.member("duration_s", seconds, decimals: 6) }
            if let frames = info.frameCount { json.member("frames", frames) }
            if let start = info.startSeconds { json.member("start_s", start, decimals: 6) }
            if let rate = info.bitRate { json.member("bit_rate", rate) }
            json.member("pixel_format", info.pixelFormat)
            json.member("colour_matrix", info.colorMatrix.rawValue)
            json.member("colour_range", info.colorRange.rawValue)
            json.member("colour_space", info.colorSpace)
            json.member("colour_primaries", info.colorPrimaries)
            json.member("colour_transfer", info.colorTransfer)
            json.member("interlaced", info.isInterlaced)
            json.member("b_frames", info.hasBFrames)
            json.member("live", info.isLive)
            json.array("streams") { json in
                for stream in info.streams {
                    json.object { json in
                        json.member("index", stream.index)
                        json.member("kind", stream.kind)
                        json.member("codec", stream.codec)
                    }
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
