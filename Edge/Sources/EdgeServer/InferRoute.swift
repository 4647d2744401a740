import CacheNet
import Hummingbird
import Models
import NIOCore
import SwiftProtobuf

/// `POST /v1/infer`: picture in, answer of the full model out.
extension EdgeResponder {
    func infer(_ request: Request, _ context: EdgeContext) async -> (Response, received: Int) {
        let arrival = ContinuousClock.now
        let limit = server.bodyLimit + EdgeRoutes.messageOverhead
        if server.isDraining { return (Response.busy("the edge is shutting down").closing(), 0) }
        let tooLarge = Response.sentence(.contentTooLarge, "a request may have \(limit) bytes").closing()
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { return (tooLarge, 0) }
        let body: ByteBuffer
        do { body = try await request.body.collect(upTo: limit) } catch is NIOTooManyBytesError { return (tooLarge, limit) } catch {
            return (Response.sentence(.badRequest, "the request broke off").closing(), 0)
        }
        return (await respond(body, context, arrival), body.readableBytes)
    }

    private func respond(_ body: ByteBuffer, _ context: EdgeContext, _ arrival: ContinuousClock.Instant) async -> Response {
        let message: WireInferRequest
        do { message = try body.withUnsafeReadableBytes { try WireInferRequest(serializedBytes: Array($0)) } } catch {
            return .sentence(.badRequest, "the body is no InferRequest (edge.proto)")
        }
        let index: Int
        switch server.bundle(message.bundle) {
        case .success(let found): index = found
        case .failure(let missing): return missing.response
        }
        let picture: EdgeRequest
        do { picture = try message.checked(input: server.bundles[index].input) } catch { return .sentence(.badRequest, error.description) }
        register(context)
        let result = await withCheckedContinuation { continuation in
            let job = WorkQueue.Job(bundle: index, request: picture) { continuation.resume(returning: $0) }
            server.queue.submit(job, client: context.client, expiry: message.deadline.map { arrival + $0 })
        }
        return response(result)
    }

    private func register(_ context: EdgeContext) {
        let client = context.client
        guard server.queue.register(client) else { return }
        context.channel.closeFuture.whenComplete { [queue = server.queue] _ in queue.forget(client) }
    }

    private func response(_ result: Result<EdgeAnswer, WorkQueue.Failure>) -> Response {
        switch result {
        case .success(let answer):
            return .message(WireInferResponse(answer))
        case .failure(.refused(let reason)):
            server.metrics.refused(reason)
            return switch reason {
            case .full, .displaced: .busy("as many pictures wait as may")
            case .expired: .busy("the deadline passed before a worker was free")
            case .draining: Response.busy("the edge is shutting down").closing()
            }
        case .failure(.failed(let error)):
            if error.code == .invalidRequest { return .sentence(.badRequest, error.message) }
            server.logger.error("a picture could not be answered", metadata: ["reason": "\(error)"])
            return .sentence(.internalServerError, "the models failed; the edge's log says why")
        }
    }
}
