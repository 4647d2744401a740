/// An element that a test expects and that is not there.
struct MissingElement: Error, CustomStringConvertible {
    let description: String
}

extension Array {
    /// An element that may be missing when what is tested fails: the test ends with an error, where a plain subscript would end the process and
    /// with it all other tests.
    subscript(at index: Int) -> Element {
        get throws {
            guard indices.contains(index) else { throw MissingElement(description: "no element \(index) of \(count)") }
            return self[index]
        }
    }
}
