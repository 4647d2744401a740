import Results

/// What people are told while a live run goes on.
public enum LiveNews: Sendable {
    /// Frame records so far, of all inputs.
    case progress(Progress)
    /// An input broke off, and is tried again.
    case lost(OutageRecord)
    case back(OutageRecord)
    case ended(EndRecord)
}
