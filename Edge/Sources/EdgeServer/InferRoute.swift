import CacheNet
import Hummingbird
import Models

/// `POST /v1/infer`: picture in, answer of the full model out.
extension EdgeResponder {
    func infer(_ request: Request, _ context: EdgeContext, _ received: inout Int) async throws(Unanswerable) -> Response {
        let arrival = ContinuousClock.now
        if isDraining { return Response.busy("the edge is shutting down").closing() }
        let message: WireInferRequest = try await receive(request, limit: bodyLimit, &received)
        let index = try bundle(message.bundle)
        let picture: EdgeRequest
        do { picture = try message.checked(input: bundles[index].input) } catch { return .sentence(.badRequest, error.description) }
        let client = context.client
        if queue.register(client) { context.channel.closeFuture.whenComplete { [queue] _ in queue.forget(client) } }
        let result = await withCheckedContinuation { continuation in
            let job = WorkQueue.Job(bundle: index, request: picture) { continuation.resume(returning: $0) }
            queue.submit(job, client: client, expiry: message.deadline.map { arrival + $0 })
        }
        return response(result)
    }

    private func response(_ result: Result<EdgeAnswer, WorkQueue.Failure>) -> Response {
        switch result {
        case .success(let answer):
            return .message(WireInferResponse(answer))
        case .failure(.refused(let reason)):
            metrics.refused(reason)
            return switch reason {
            case .full, .displaced: .busy("as many pictures wait as may")
            case .expired: .busy("the deadline passed before a worker was free")
            case .draining: Response.busy("the edge is shutting down").closing()
            }
        case .failure(.failed(let error)):
            configuration.logger.error("a picture could not be answered", metadata: ["reason": "\(error)"])
            return .sentence(.internalServerError, "the models failed; the edge's log says why")
        }
    }
}
