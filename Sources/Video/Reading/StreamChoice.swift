import CFFmpeg

extension Container {
    /// The stream to decode: the wanted one, or the best with moving pictures. All others are told to be skipped.
    func chooseStream(_ wanted: Int?) throws(VideoError) -> UnsafeMutablePointer<AVStream> {
        let count = Int(format!.pointee.nb_streams)
        let streams = (0..<count).map { format!.pointee.streams[$0]! }
        let index: Int
        if let wanted {
            guard streams.indices.contains(wanted) else {
                throw VideoError(
                    .noVideoStream, "there is no stream \(wanted); the input has \(describe(streams))", url: url,
                    stream: wanted)
            }
            guard streams[wanted].isVideo else {
                throw VideoError(
                    .noVideoStream, "stream \(wanted) is not video; the input has \(describe(streams))", url: url,
                    stream: wanted)
            }
            index = wanted
        } else {
            let best = Int(av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0))
            guard best >= 0 || streams.contains(where: \.isVideo) else {
                throw VideoError(
                    .noVideoStream, "the input has no video stream; it has \(describe(streams))", url: url)
            }
            index = best >= 0 && streams[best].isVideo ? best : streams.firstIndex(where: \.isVideo) ?? -1
            guard index >= 0 else {
                throw VideoError(
                    .noVideoStream, "the only picture is a cover image; the input has \(describe(streams))", url: url)
            }
        }
        for (i, stream) in streams.enumerated() where i != index { stream.pointee.discard = AVDISCARD_ALL }
        let size = (streams[index].pointee.codecpar.pointee.width, streams[index].pointee.codecpar.pointee.height)
        guard size.0 > 0, size.1 > 0 else {
            throw VideoError(
                .notVideo, "no picture could be found in the video stream; the file is damaged or incomplete", url: url,
                stream: index, lastLog: log.last)
        }
        return streams[index]
    }

    private func describe(_ streams: [UnsafeMutablePointer<AVStream>]) -> String {
        if streams.isEmpty { return "no streams" }
        return streams.enumerated().map { i, stream in
            let parameters = stream.pointee.codecpar.pointee
            let kind = av_get_media_type_string(parameters.codec_type).map { String(cString: $0) } ?? "unknown"
            return "\(i): \(kind) (\(String(cString: avcodec_get_name(parameters.codec_id))))"
        }.joined(separator: ", ")
    }
}

extension UnsafeMutablePointer where Pointee == AVStream {
    /// Moving pictures; a song's cover is a video stream to FFmpeg and not to us.
    var isVideo: Bool {
        pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
            && pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
    }

    /// From the container's display matrix; as coded without one.
    var displayOrientation: Orientation {
        var size = 0
        guard let bytes = av_stream_get_side_data(self, AV_PKT_DATA_DISPLAYMATRIX, &size), size >= 36 else {
            return .identity
        }
        return bytes.withMemoryRebound(to: Int32.self, capacity: 9) { Orientation(displayMatrix: $0) }
    }
}
