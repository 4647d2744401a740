import DeepVid
import FoundationEssentials
import Hashing
import Models
import Results

/// Names everything that changes the answers, besides the input.
struct Configuration: Codable, Equatable, Sendable {
    let modelSHA256: String
    let optionsSHA256: String

    private struct Options: Codable {
        var options: BeginRecord.Options
        var input: BeginRecord.Size
        var card: String
        var labels: [String]
        var zonesSHA256: String?
        /// Of several models; nil for one, so that what was done before there could be several is still known.
        var models: [String: [Several]]?
        var then: [Card]?
        var checkpointInterval: Int
    }

    private struct Several: Codable {
        let sha256: String
        let card: String
        let labels: [String]

        init(_ model: ModelProfile, _ encoder: JSONEncoder) {
            (sha256, card, labels) = (model.sha256, Configuration.text(model.card, encoder), model.labels.names)
        }
    }

    /// How a model's outputs are read.
    private struct Card: Codable {
        var card: String
        var labels: [String]
    }

    init(_ source: Model, _ options: RunOptions, checkpointInterval: Int) {
        let model = source.profile
        let begin = BeginRecord(source: "", model: source, info: nil, options: options)
        var said = begin.options
        // Clips that are complete stay complete on a machine with other CPUs.
        said.threads = 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        func card(of model: ModelProfile) -> String { Self.text(model.card, encoder) }
        let then = options.output.secondModels.map { Card(card: card(of: $0.model.profile), labels: $0.model.profile.labels.names) }
        let all = Options(
            options: said, input: begin.model.input, card: card(of: model), labels: model.labels.names,
            zonesSHA256: options.output.zones?.sha256,
            models: source.set.map { set in
                Dictionary(
                    uniqueKeysWithValues: set.members.map { ($0.name, $0.variants.map { Several($0.model.profile, encoder) }) })
            },
            then: then.isEmpty ? nil : then, checkpointInterval: checkpointInterval)
        modelSHA256 = model.sha256
        let data = (try? encoder.encode(all)) ?? Data()
        optionsSHA256 = Array(data).withUnsafeBytes { SHA256.hex(of: $0) }
    }

    private static func text(_ card: some Encodable, _ encoder: JSONEncoder) -> String {
        (try? encoder.encode(card)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func isSame(as record: ClipRecord) -> Bool { record.modelSHA256 == modelSHA256 && record.optionsSHA256 == optionsSHA256 }
}
