import Models
import SemanticMemory

/// Leaving a classifier early by what is remembered of its classes.
public struct MemoryOptions: Sendable {
    /// The memory file.
    public var file: String
    /// Where what was learnt is written at the end; nil forgets it.
    public var saveTo: String?
    /// Share of exits that are to have the whole network's answer; nil is what the memory was built for.
    public var targetAgreement: Double?
    /// For measuring: how exits are decided, and what is left out.
    public var settings = Recognizer.Settings()
    /// For measuring: whether exits are audited, and the limits moved.
    public var isAudited = true

    public init(file: String) { self.file = file }
}
