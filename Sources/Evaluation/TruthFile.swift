import Foundation
import Models
import Vision

extension Truth {
    /// Reads boxes in the format of MOTChallenge (`gt.txt`: a line a box) or COCO (JSON with images, annotations and categories).
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - input: the video's name: of a COCO file of several videos, the one of that name counts.
    public init(file path: String, of input: String) throws(DeepVidError) {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw DeepVidError(.invalidOptions, "--truth: \(path) cannot be read; check its name and mode")
        }
        let first = data.first { !($0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D) }
        if first == UInt8(ascii: "{") {
            try self.init(coco: data, name: path, input: input)
        } else {
            try self.init(mot: data, name: path)
        }
    }

    // MARK: MOTChallenge

    /// Classes of MOTChallenge that models know, by number; the rest (distractors, reflections, occluders) is ignored.
    private static let motLabels = [1: "person", 3: "car", 4: "bicycle"]

    /// `frame,id,left,top,width,height,confidence,class,visibility`: frames and pixels from 1; a confidence of 0 says that the box is not
    /// to be judged; without a class, or with -1, any counts.
    package init(mot data: Data, name: String) throws(DeepVidError) {
        var frames: [Int: [Object]] = [:], last = -1
        for (index, line) in data.split(separator: 0x0A).enumerated() {
            let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespaces)
            if text.isEmpty { continue }
            let cells = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0.trimmingCharacters(in: .whitespaces)) }
            guard cells.count >= 6, let number = cells[0].flatMap({ Int(exactly: $0) }), number >= 1, number < 1 << 31,
                let id = cells[1].flatMap({ Int(exactly: $0) }), let left = cells[2], let top = cells[3], let width = cells[4],
                let height = cells[5], [left, top, width, height].allSatisfy(\.isFinite)
            else {
                throw DeepVidError(
                    .invalidOptions,
                    "--truth: \(name): line \(index + 1), '\(text.prefix(40))', is not as in MOTChallenge's gt.txt, and the file is no JSON of COCO. "
                        + "MOT has a line a box, with commas: frame,id,left,top,width,height,confidence,class,visibility, such as "
                        + "'1,3,794.2,47.5,71.2,174.8,1,1,0.8', frames and pixels from 1; 'deepvid export --to mot' writes it"
                )
            }
            let kind = cells.count > 7 ? cells[7].flatMap { Int(exactly: $0) } ?? -1 : -1
            let isCounted = (cells.count > 6 ? cells[6] ?? 1 : 1) != 0 && (kind == -1 || Self.motLabels[kind] != nil)
            let box = Box(x: Float(left - 1), y: Float(top - 1), width: Float(width), height: Float(height))
            frames[number - 1, default: []].append(
                Object(label: Self.motLabels[kind], box: box, id: id > 0 ? id : nil, isIgnored: !isCounted))
            last = max(last, number - 1)
        }
        guard last >= 0 else { throw DeepVidError(.invalidOptions, "--truth: \(name) has no box") }
        // Frames between are labelled, and empty.
        for frame in 0...last where frames[frame] == nil { frames[frame] = [] }
        self.init(frames: frames)
    }

    // MARK: COCO

    private struct COCO: Decodable {
        struct Picture: Decodable {
            var id: Int
            var file_name: String?
            var video_id: Int?
            var frame_id: Int?
        }
        struct Annotation: Decodable {
            var image_id, category_id: Int
            var bbox: [Double]
            var iscrowd: Int?
            var track_id: Int?
        }
        struct Category: Decodable {
            var id: Int
            var name: String
        }
        struct Video: Decodable {
            var id: Int
            var name: String
        }
        var images: [Picture]
        var annotations: [Annotation]
        var categories: [Category]
        var videos: [Video]?
    }

    /// A picture's frame is its `frame_id`, else the last number in its file's name.
    package init(coco data: Data, name: String, input: String) throws(DeepVidError) {
        let file: COCO
        do { file = try JSONDecoder().decode(COCO.self, from: data) } catch {
            throw DeepVidError(
                .invalidOptions,
                "--truth: is no COCO file (images, annotations and categories): \(VisionError.notJSON(name, error, in: data).message)")
        }
        let videos = file.videos ?? []
        var wanted: Int?
        if videos.count > 1 {
            let stem = Self.stem(of: input)
            let alike = videos.filter { Self.stem(of: $0.name) == stem }
            wanted = alike.first?.id
            if alike.count > 1 {
                throw DeepVidError(
                    .invalidOptions, "--truth: \(name) has \(alike.count) videos that are called \(stem): make a file of the one alone")
            }
            guard wanted != nil else {
                let names = videos.prefix(5).map(\.name).joined(separator: ", ")
                throw DeepVidError(.invalidOptions, "--truth: \(name) has \(videos.count) videos (\(names), …), and none is called \(stem)")
            }
        }
        let labels = Dictionary(file.categories.map { ($0.id, $0.name) }) { first, _ in first }
        var frames: [Int: [Object]] = [:], frameOf: [Int: Int] = [:]
        for picture in file.images where wanted == nil || picture.video_id == wanted {
            guard let frame = picture.frame_id ?? picture.file_name.flatMap(Self.lastNumber) else {
                throw DeepVidError(
                    .invalidOptions,
                    "--truth: \(name): image \(picture.id) has neither frame_id nor a number in its file_name: which frame is it?")
            }
            guard frames[frame] == nil else {
                throw DeepVidError(
                    .invalidOptions, "--truth: \(name): two images are frame \(frame): it is of several videos; give the one's own file")
            }
            (frames[frame], frameOf[picture.id]) = ([], frame)
        }
        for annotation in file.annotations {
            guard let frame = frameOf[annotation.image_id] else { continue }
            guard annotation.bbox.count == 4 else {
                throw DeepVidError(.invalidOptions, "--truth: \(name): an annotation's bbox has \(annotation.bbox.count) numbers, not 4")
            }
            let b = annotation.bbox.map { Float($0) }
            frames[frame]!.append(
                Object(
                    label: labels[annotation.category_id], box: Box(x: b[0], y: b[1], width: b[2], height: b[3]), id: annotation.track_id,
                    isIgnored: annotation.iscrowd == 1))
        }
        guard !frames.isEmpty else { throw DeepVidError(.invalidOptions, "--truth: \(name) has no image") }
        self.init(frames: frames, video: videos.count == 1 ? videos[0].name : nil)
    }

    /// Whether the video that the file says it is of has another name than `input`.
    public func isNamedOtherwise(than input: String) -> Bool { video.map { Self.stem(of: $0) != Self.stem(of: input) } ?? false }

    /// The name of a file without folders and suffix.
    private static func stem(of path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    private static func lastNumber(in name: String) -> Int? {
        let digits = stem(of: name).split { !("0"..."9").contains($0) }.last
        return digits.flatMap { Int($0) }
    }
}
