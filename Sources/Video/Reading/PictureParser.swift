import CFFmpeg

/// What a packet says of its picture without being decoded.
struct PictureTraits: Equatable {
    /// Whether decoding can begin here, if the container marks it as a key frame: nothing in it is predicted from other pictures.
    var isIntra = true
    /// Whether no other picture is predicted from this one, or, with `layer`, none of its own layer or below.
    var isDisposable = false
    /// Temporal layer (HEVC); pictures of the highest one in use are not needed by any other.
    var layer = 0
    /// Whether it is one picture, which is shown: else frames cannot be counted by packets.
    var isOneFrame = true
    /// Bytes that only fill the packet up, to hold a bit rate.
    var fillerBytes = 0
}

/// Reads the little of a coded picture that tells who needs it. Knows the codecs whose packets are one frame each.
struct PictureParser {
    private let codec: AVCodecID
    /// Bytes of a length before each unit (H.264 and HEVC in MP4 and Matroska); `nil` where start codes divide them.
    private let lengthBytes: Int?
    private let isIntraOnly: Bool

    /// - Returns: `nil` for streams in which a packet may be something else than one frame: codecs not known here, and fields.
    init?(_ parameters: UnsafePointer<AVCodecParameters>) {
        let known = [
            AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_VP8,
            AV_CODEC_ID_VP9, AV_CODEC_ID_AV1,
        ]
        let value = parameters.pointee, descriptor = avcodec_descriptor_get(value.codec_id)
        codec = value.codec_id
        isIntraOnly = descriptor.map { $0.pointee.props & AV_CODEC_PROP_INTRA_ONLY != 0 } ?? false
        guard known.contains(codec) || isIntraOnly else { return nil }
        // The two fields of a picture may come in two packets.
        let mayBeFields = [AV_CODEC_ID_H264, AV_CODEC_ID_MPEG2VIDEO].contains(codec) || isIntraOnly
        guard value.field_order == AV_FIELD_PROGRESSIVE || value.field_order == AV_FIELD_UNKNOWN && (!mayBeFields || isIntraOnly) else {
            return nil
        }
        let header = UnsafeBufferPointer(start: value.extradata, count: Int(value.extradata_size))
        let place = codec == AV_CODEC_ID_H264 ? 4 : 21
        lengthBytes =
            [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC].contains(codec) && header.count > place && header[0] == 1
            ? Int(header[place] & 3) + 1 : nil
    }

    func traits(of data: UnsafeBufferPointer<UInt8>) -> PictureTraits {
        switch codec {
        case AV_CODEC_ID_H264: h264(data)
        case AV_CODEC_ID_HEVC: hevc(data)
        case AV_CODEC_ID_MPEG4: mpeg4(data)
        case AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO: mpeg2(data)
        case AV_CODEC_ID_VP8: PictureTraits(isOneFrame: data.first.map { $0 & 0x10 != 0 } ?? false)
        case AV_CODEC_ID_VP9: vp9(data)
        default: PictureTraits()
        }
    }

    private func h264(_ data: UnsafeBufferPointer<UInt8>) -> PictureTraits {
        var traits = PictureTraits(isDisposable: true, isOneFrame: false)
        units(in: data) { unit in
            switch unit[0] & 0x1f {
            case 1, 2, 5:
                if unit[0] & 0x60 != 0 { traits.isDisposable = false }
                if !traits.isOneFrame {
                    var bits = BitReader(UnsafeBufferPointer(rebasing: unit.dropFirst()))
                    _ = bits.exponentialGolomb()
                    let slice = bits.exponentialGolomb()
                    // I and SI, alone or in all slices of the picture.
                    traits.isIntra = slice.map { [2, 4, 7, 9].contains($0) } ?? false
                }
                traits.isOneFrame = true
            // Parameter sets are for the pictures to come.
            case 7, 8: traits.isDisposable = false
            case 12: traits.fillerBytes += unit.count
            default: break
            }
        }
        return traits
    }

    private func hevc(_ data: UnsafeBufferPointer<UInt8>) -> PictureTraits {
        var traits = PictureTraits(isIntra: false, isDisposable: true, isOneFrame: false)
        units(in: data) { unit in
            guard unit.count > 1 else { return }
            let kind = unit[0] >> 1 & 0x3f
            switch kind {
            case 0..<32:
                traits.isOneFrame = true
                // Even numbers below 16 are the pictures that their layer does not refer to; 16 to 23 are random access points.
                if kind > 14 || kind % 2 == 1 { traits.isDisposable = false }
                if 16...23 ~= kind { traits.isIntra = true }
                traits.layer = max(Int(unit[1] & 7) - 1, 0)
            case 32...34: traits.isDisposable = false
            case 38: traits.fillerBytes += unit.count
            default: break
            }
        }
        return traits
    }

    private func mpeg4(_ data: UnsafeBufferPointer<UInt8>) -> PictureTraits {
        var traits = PictureTraits(), pictures = 0
        startCodes(in: data) { place in
            guard data[place] == 0xb6, place + 1 < data.count else { return }
            pictures += 1
            (traits.isIntra, traits.isDisposable) = (data[place + 1] >> 6 == 0, data[place + 1] >> 6 == 2)
        }
        // A packet of a few bytes says that a picture is left out.
        traits.isOneFrame = pictures == 1 && data.count > 16
        return traits
    }

    private func mpeg2(_ data: UnsafeBufferPointer<UInt8>) -> PictureTraits {
        var traits = PictureTraits(), pictures = 0
        startCodes(in: data) { place in
            guard data[place] == 0, place + 2 < data.count else { return }
            pictures += 1
            let kind = data[place + 2] >> 3 & 7
            (traits.isIntra, traits.isDisposable) = (kind == 1, kind == 3)
        }
        traits.isOneFrame = pictures == 1
        return traits
    }

    /// A packet of VP9 has an index of frames at its end, or is one frame.
    private func vp9(_ data: UnsafeBufferPointer<UInt8>) -> PictureTraits {
        guard let first = data.first, let last = data.last else { return PictureTraits(isOneFrame: false) }
        if last & 0xe0 == 0xc0 { return PictureTraits() }
        // Two bits of marker, two of profile (three of profile 3), show_existing_frame, frame_type, show_frame.
        let shift = first & 0x30 == 0x30 ? 1 : 0
        let showsOther = first >> (3 - shift) & 1 == 1, isShown = shift == 1 ? first & 1 == 1 : first >> 1 & 1 == 1
        return PictureTraits(isOneFrame: showsOther || isShown)
    }

    /// H.264's and HEVC's units, without the empty ones.
    private func units(in data: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        if let lengthBytes {
            var place = 0
            while place + lengthBytes < data.count {
                let length = data[place..<place + lengthBytes].reduce(0) { $0 << 8 | Int($1) }
                place += lengthBytes
                guard length > 0 else { continue }
                let end = min(place + length, data.count)
                body(UnsafeBufferPointer(rebasing: data[place..<end]))
                place = end
            }
        } else {
            var begin: Int?
            startCodes(in: data) { place in
                if let begin, begin < place - 3 { body(UnsafeBufferPointer(rebasing: data[begin..<place - 3])) }
                begin = place
            }
            if let begin { body(UnsafeBufferPointer(rebasing: data[begin...])) }
        }
    }

    /// The places after each 00 00 01.
    private func startCodes(in data: UnsafeBufferPointer<UInt8>, _ body: (Int) -> Void) {
        var place = 0
        while place + 3 < data.count {
            if data[place + 2] > 1 {
                place += 3
            } else if data[place] == 0, data[place + 1] == 0, data[place + 2] == 1 {
                body(place + 3)
                place += 3
            } else {
                place += 1
            }
        }
    }
}

/// Bits from the most significant on.
private struct BitReader {
    private let data: UnsafeBufferPointer<UInt8>
    private var place = 0

    init(_ data: UnsafeBufferPointer<UInt8>) { self.data = data }

    private mutating func bit() -> Int? {
        guard place < 8 * data.count else { return nil }
        defer { place += 1 }
        return Int(data[place / 8] >> (7 - place % 8) & 1)
    }

    /// ue(v); `nil` where the data ends or no such number is in use.
    mutating func exponentialGolomb() -> Int? {
        var zeros = 0
        while let next = bit(), next == 0 { zeros += 1 }
        guard zeros < 32 else { return nil }
        var value = 1
        for _ in 0..<zeros {
            guard let next = bit() else { return nil }
            value = value << 1 | next
        }
        return value - 1
    }
}
