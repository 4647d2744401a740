import Clocks
import DeepVid
import Foundation
import Results
import Synchronization

/// Who is told of what happens, and how.
public struct NoticeOptions: Sendable {
    /// Commands for the shell; what begins with http:// or https:// is posted to.
    public var onEvent: [String] = []
    /// What these are told of.
    public var kinds = Set(NoticeRecord.Kind.allCases)
    /// When they are told of objects, and the broker of their events; nil at any time. Of cameras they are told at any time.
    public var hours: TimeWindow?
    /// `mqtt://` or `mqtts://`; nil for none.
    public var mqtt: String?
    /// Classes and zones that are known beforehand, for who lists what there will be.
    public var classes: [String] = []
    public var zones: [String] = []
    /// As `--camera` names it; nil for a name of each input's own.
    public var camera: String?
    /// The folder of the pictures that notices name; nil without.
    public var snapshots: String?

    public init() {}

    public var isEmpty: Bool { onEvent.isEmpty && mqtt == nil }
}

/// Tells others what happens, from threads of its own: the run never waits for them.
///
/// Any thread may give output.
public final class Notices: Sendable {
    /// Seconds that what waits at the end may take.
    private static let lastTime = 10.0

    private let queues: [NoticeQueue]
    private let mqtt: MQTTPublisher?
    private let camera: String?
    private let kinds: Set<String>
    private let hours: TimeWindow?
    private let zone = Zone.local
    private let cameras = Mutex(CameraNames())

    /// - Throws: `NoticeError` for an address that cannot be one.
    public init(_ options: NoticeOptions) throws(NoticeError) {
        var queues: [NoticeQueue] = []
        for target in options.onEvent {
            let isAddress = target.prefixMatch(of: /https?:\/\//.ignoresCase()) != nil
            queues.append(
                try NoticeQueue(isAddress ? try WebhookTeller(target) : CommandTeller(target, snapshots: options.snapshots)))
        }
        (self.queues, camera, kinds, hours) = (queues, options.camera, Set(options.kinds.map(\.rawValue)), options.hours)
        mqtt = if let address = options.mqtt { try MQTTPublisher(address, classes: options.classes, zones: options.zones) } else { nil }
    }

    /// Takes what a run gives. Returns at once.
    public func take(_ source: String, _ output: RunOutput) {
        let camera = camera ?? cameras.withLock { $0.name(of: source) }
        mqtt?.take(camera, output)
        switch output {
        case .object(let event, _) where Self.isDue(event, hours):
            for notice in NoticeRecord.notices(of: event, camera: camera, source: source, zone: zone) {
                tell(notice)
                mqtt?.publish(notice)
            }
        // A broker has topics for that.
        case .lost(let outage): tell(.notice(of: outage, isBack: false, camera: camera, source: source, zone: zone))
        case .back(let outage, _): tell(.notice(of: outage, isBack: true, camera: camera, source: source, zone: zone))
        case .begin, .frame, .end, .object: break
        }
    }

    /// Whether an event is told of at the time at which it happens. One at no known time is: an alarm too many is heard, one too few is
    /// not missed.
    static func isDue(_ event: ObjectEvent, _ hours: TimeWindow?) -> Bool {
        guard let hours, let time = event.time.flatMap(UTCTime.seconds) else { return true }
        return hours.contains(time)
    }

    private func tell(_ notice: NoticeRecord) {
        guard kinds.contains(notice.event) else { return }
        for queue in queues { queue.add(notice) }
    }

    /// What there is to say since the last call: who cannot be told, and why. Said once.
    public func takeProblems() -> [String] { queues.flatMap { $0.takeProblems() } + (mqtt?.takeProblems() ?? []) }

    /// Waits until all is told that waits, for ten seconds at most.
    /// - Returns: what there is to say of the whole.
    public func finish() -> [String] {
        let deadline = Date(timeIntervalSinceNow: Self.lastTime)
        return queues.flatMap { $0.finish(by: deadline) } + (mqtt?.finish(by: deadline) ?? [])
    }
}
