import Clocks

/// The camera that an input is of, as all commands that read results call it: the name that was given to the run; else the recorder's name
/// for it, where the input's name has the time of day and more; else the input's own name.
package struct InputCamera: Hashable, Sendable {
    /// Enough where no other camera has the same.
    package let name: String
    /// What tells it from others of that name: `front/ch01` of `nvr/front/ch01_20261121180000.mp4`, or the whole path of what has no
    /// recorder's name. Nil where the name was given: whoever gives two cameras one name wants them to be one.
    let full: String?
    /// Whether somebody has named it: a person, or the recorder.
    package let isNamed: Bool

    /// - Parameter input: as messages name it.
    init(given: String?, source: String?, input: String) {
        if let given {
            (name, full, isNamed) = (given, nil, true)
        } else if let source, !source.contains("://"), let recording = RecordingName(path: source), let camera = recording.camera {
            (name, full, isNamed) = (camera, recording.place.map { "\($0)/\(camera)" } ?? camera, true)
        } else {
            let file = input.contains("://") ? nil : input.split(separator: "/").last
            (name, full, isNamed) = (file.map(String.init) ?? input, input, false)
        }
    }

    /// What each of them is called where all of them are there.
    package static func names(_ cameras: some Sequence<InputCamera>) -> [InputCamera: String] {
        let groups = Dictionary(grouping: Set(cameras), by: \.name)
        return groups.values.reduce(into: [:]) { names, group in
            let isShared = group.count { $0.full != nil } > 1
            for camera in group { names[camera] = isShared ? camera.full ?? camera.name : camera.name }
        }
    }
}
