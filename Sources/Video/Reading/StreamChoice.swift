import CFFmpeg

extension Container {
    var streams: [UnsafeMutablePointer<AVStream>] { (0..<Int(format!.pointee.nb_streams)).map { format!.pointee.streams[$0]! } }

    /// The stream to decode: the wanted one, or the best with moving pictures. All others are told to be skipped.
    func chooseStream(_ wanted: Int?) throws(VideoError) -> UnsafeMutablePointer<AVStream> {
        let streams = streams
        func isVideo(_ index: Int) -> Bool { streams.indices.contains(index) && streams[index].isVideo }
        let best = Int(av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0))
        guard let index = wanted ?? (isVideo(best) ? best : streams.indices.first(where: isVideo)), isVideo(index) else {
            let reason =
                if let wanted {
                    streams.indices.contains(wanted)
                        ? "stream \(wanted) is not video; the input" : "there is no stream \(wanted); the input"
                } else {
                    best < 0 ? "the input has no video stream; it" : "the only picture is a cover image; the input"
                }
            let entries = streams.map(StreamInfo.Entry.init).map { "\($0.index): \($0.kind) (\($0.codec))" }.joined(separator: ", ")
            throw VideoError(.noVideoStream, "\(reason) has \(entries.isEmpty ? "no streams" : entries)", url: url)
        }
        for (i, stream) in streams.enumerated() where i != index { stream.pointee.discard = AVDISCARD_ALL }
        let parameters = streams[index].pointee.codecpar.pointee
        guard parameters.width > 0, parameters.height > 0 else {
            throw VideoError(
                .notVideo, "no picture could be found in the video stream; the file is damaged or incomplete", url: url, lastLog: log.last)
        }
        return streams[index]
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
        let bytes = av_stream_get_side_data(self, AV_PKT_DATA_DISPLAYMATRIX, &size)
        return Orientation(displayMatrix: bytes, size: size) ?? .identity
    }
}
