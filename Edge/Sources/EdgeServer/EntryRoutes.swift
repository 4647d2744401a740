import CacheNet
import Dispatch
import FoundationEssentials
import Hummingbird
import Models
import ResultCache

/// Answers of devices' models, and the thread that looks them up: an event loop has other connections to serve.
final class EntryKeeper: Sendable {
    let shared: SharedEntries
    private let queue = DispatchQueue(label: "entries")

    /// - Parameter limit: bytes of memory.
    init(limit: Int) { shared = SharedEntries(limit: limit) }

    /// Seconds since 1970.
    static var now: Double { Date().timeIntervalSince1970 }

    func run<T: Sendable>(_ body: @escaping @Sendable (SharedEntries) -> T) async -> T {
        await withCheckedContinuation { continuation in queue.async { [shared] in continuation.resume(returning: body(shared)) } }
    }
}

extension EdgeResponder {
    /// `POST /v1/entries/lookup`: keys of crops in, entries near them out.
    func lookup(_ request: Request, _ received: inout Int) async throws(Unanswerable) -> Response {
        let entries = try keeper(), message: WireLookupRequest = try await receive(request, limit: EdgeRoutes.largestEntries, &received)
        let keys: [CropKey]
        do { keys = try message.checkedKeys() } catch { return .sentence(.badRequest, error.description) }
        let (radius, count, model, now) = (message.radius, Int(message.count), message.model, EntryKeeper.now)
        let found = await entries.run { $0.neighbours(of: keys, within: radius, count: count, model: model, now: now) }
        return .message(
            WireLookupResponse.with {
                $0.neighbours = found.map { near in .with { $0.entries = near.map { WireEntry($0, now: now) } } }
            })
    }

    /// `POST /v1/entries`: entries in, how many were kept out.
    func insert(_ request: Request, _ received: inout Int) async throws(Unanswerable) -> Response {
        let entries = try keeper(), message: WireInsertRequest = try await receive(request, limit: EdgeRoutes.largestEntries, &received)
        let now = EntryKeeper.now, new: [CacheEntry]
        do { new = try message.checkedEntries(now: now) } catch { return .sentence(.badRequest, error.description) }
        let taken = await entries.run { $0.insert(new, model: message.model, now: now) }
        return .message(WireInsertResponse.with { $0.taken = UInt32(clamping: taken) })
    }

    private func keeper() throws(Unanswerable) -> EntryKeeper {
        if isDraining { throw Unanswerable(response: Response.busy("the edge is shutting down").closing()) }
        guard let entries else {
            throw Unanswerable(
                response: Response.sentence(.notFound, "this edge keeps no answers of devices: start it with --result-cache-memory")
                    .closing())
        }
        return entries
    }
}
