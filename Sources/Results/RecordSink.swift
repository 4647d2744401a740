/// Where records go. Not thread-safe: one sink belongs to one thread.
public protocol RecordSink: AnyObject {
    /// - Throws: `OutputError`; the records before are out.
    func write(_ record: some Record) throws(OutputError)
    /// Completes what time alone has made complete: for when no record comes. Costs next to nothing.
    func completeDue() throws(OutputError)
    /// Ends the output. Some file systems report a full disk only here.
    func close() throws(OutputError)
}

extension RecordSink {
    public func completeDue() {}
}
