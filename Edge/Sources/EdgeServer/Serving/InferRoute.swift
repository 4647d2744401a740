import CacheNet
import EdgeProtocol
import Hummingbird
import NIOCore
import SwiftProtobuf

/// `POST /v1/infer`: picture in, answer of the full model out.
struct InferRoute {
    let site: Site

    func respond(_ request: Request, _ context: EdgeContext) async -> (Response, received: Int) {
        let arrival = ContinuousClock.now
        let limit = site.bodyLimit + EdgeRoutes.messageOverhead
        if site.isDraining { return (Response.busy("the edge is shutting down").closing(), 0) }
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
        switch site.bundle(message.bundle) {
        case .success(let found): index = found
        case .failure(let missing): return missing.response
        }
        let picture: EdgeRequest
        do { picture = try message.checked(input: site.bundles[index].input) } catch { return .sentence(.badRequest, error.description) }
        register(context)
        let result = await withCheckedContinuation { continuation in
            let job = WorkQueue.Job(bundle: index, request: picture) { continuation.resume(returning: $0) }
            site.queue.submit(job, client: context.client, expiry: message.deadline.map { arrival + $0 })
        }
        return response(result, index)
    }

    private func register(_ context: EdgeContext) {
        let client = context.client
        guard !site.queue.meet(client) else { return }
        context.channel.closeFuture.whenComplete { [queue = site.queue] _ in queue.forget(client) }
    }

    private func response(_ result: Result<EdgeAnswer, WorkQueue.Trouble>, _ index: Int) -> Response {
        switch result {
        case .success(let answer):
            let manifest = site.bundles[index].manifest
            let submodel = manifest[BundleFile.submodel(answer.selection.submodel)]
            return .message(WireInferResponse(answer, submodelSHA256: submodel?.sha256 ?? ""))
        case .failure(.refused(let reason)):
            site.metrics.refused(reason)
            return switch reason {
            case .full, .displaced: .busy("as many pictures wait as may")
            case .expired: .busy("the deadline passed before a worker was free")
            case .draining: Response.busy("the edge is shutting down").closing()
            }
        case .failure(.failed(let fault)):
            if fault.isCallers { return .sentence(.badRequest, fault.description) }
            site.logger.error("a picture could not be answered", metadata: ["reason": "\(fault.description)"])
            return .sentence(.internalServerError, "the models failed; the edge's log says why")
        }
    }
}
