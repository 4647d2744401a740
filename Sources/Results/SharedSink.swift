import Synchronization

/// Lets several threads write to one sink, a record at a time.
public final class SharedSink: RecordSink, Sendable {
    /// `@unchecked Sendable`: used under the lock only.
    private struct Guarded: @unchecked Sendable { let sink: any RecordSink }
    private let guarded: Mutex<Guarded>

    public init(_ sink: sending any RecordSink) { guarded = Mutex(Guarded(sink: sink)) }

    public func write(_ record: some Record) throws(OutputError) {
        try guarded.withLock { guarded throws(OutputError) in try guarded.sink.write(record) }
    }

    public func completeDue() throws(OutputError) {
        try guarded.withLock { guarded throws(OutputError) in try guarded.sink.completeDue() }
    }

    public func close() throws(OutputError) {
        try guarded.withLock { guarded throws(OutputError) in try guarded.sink.close() }
    }
}
