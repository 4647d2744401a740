import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Closes connections of those who hold them up: a request that does not end, a response that is not read. Also those whose
/// response says `Connection: close`, once it is out.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let timeout: TimeAmount
    private let metrics: Metrics
    private var isCounted = false
    private var reading: Scheduled<Void>?
    private var writing: Scheduled<Void>?
    /// Writes that are not out yet.
    private var pending = 0
    private var isLast = false

    init(timeout: TimeAmount, _ metrics: Metrics) { (self.timeout, self.metrics) = (timeout, metrics) }

    func handlerAdded(context: ChannelHandlerContext) {
        isCounted = true
        metrics.connected()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isCounted { metrics.disconnected() }
        isCounted = false
        reading?.cancel()
        writing?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            reading?.cancel()
            reading = close(context, in: timeout)
        case .end: reading?.cancel()
        case .body: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part, head.headerFields[.connection] == "close" { isLast = true }
        var ends = false
        if case .end = part { ends = isLast }
        pending += 1
        if writing == nil { writing = close(context, in: timeout) }
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { [ends] _ in
            let (me, context) = loopBound.value
            me.written(context, ends)
        }
        context.write(data, promise: written)
    }

    /// Progress: time begins anew.
    private func written(_ context: ChannelHandlerContext, _ ends: Bool) {
        pending -= 1
        writing?.cancel()
        writing = pending > 0 ? close(context, in: timeout) : nil
        guard ends else { return }
        // At once would tear the response from a device that is still sending.
        close(context, in: .milliseconds(500))
    }

    @discardableResult
    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
        context.eventLoop.scheduleTask(in: time) { [channel = context.channel] in channel.close(promise: nil) }
    }
}
