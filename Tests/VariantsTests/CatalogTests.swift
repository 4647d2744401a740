import Foundation
import Models
import TestSupport
import Testing

@testable import Variants

struct CatalogTests {
    private func read(_ text: String) throws -> Catalog {
        let folder = try TemporaryFolder()
        try text.write(toFile: folder.path("people.toml"), atomically: true, encoding: .utf8)
        return try Catalog(path: folder.path("people.toml"))
    }

    @Test func whatACatalogSays() throws {
        let catalog = try read(
            """
            version = 1
            [[variant]]
            model = "a/large.onnx"
            accuracy = 0.7
            [[variant]]
            name = "cars"
            model = "/models/cars.onnx"
            accuracy = 1
            classes = ["car", "truck"]
            input_size = "320x192"
            card = "cars.json"
            """)
        let folder = catalog.path.dropLast("people.toml".count)
        #expect(catalog.variants.map(\.name) == ["large", "cars"])
        #expect(catalog.variants.map(\.model) == [folder + "a/large.onnx", "/models/cars.onnx"])
        #expect(catalog.variants.map(\.accuracy) == [0.7, 1])
        #expect(catalog.variants[1].classes == ["car", "truck"])
        #expect(catalog.variants[1].inputSize! == (320, 192))
        #expect(catalog.variants[1].card == folder + "cars.json")
        #expect(catalog.variants[0].card == nil)
    }

    @Test(
        arguments: [
            ("", "1:1: says no version"), ("version = 2", "is not of version 1"), ("version = \"1\"", "is not of version 1"),
            ("version 1", "is not TOML"),
            ("version = 1", "has no variants"), ("version = 1\nvariants = 3", "2:"), ("version = 1\n[variant]\nmodel = \"a\"", "2:"),
            ("version = 1\n[[variant]]\naccuracy = 0.5", "has no model"),
            ("version = 1\n[[variant]]\nmodel = \"a\"", "promises no accuracy"),
            ("version = 1\n[[variant]]\nmodel = \"a\"\naccuracy = 1.5", "4:"), ("version = 1\n[[variant]]\nmodel = 3", "3:"),
            ("version = 1\n[[variant]]\nmodel = \"a\"\naccuracy = 1\nspeed = 2", "5:"),
            ("version = 1\n[[variant]]\nmodel = \"\"", "names nothing"), ("version = 1\n[[variant]]\nclasses = []", "is empty"),
            ("version = 1\n[[variant]]\nclasses = [1]", "list of names"), ("version = 1\n[[variant]]\ninput_size = \"0x9\"", "input_size"),
            ("version = 1\n[[variant]]\nmodel = \"a\"\naccuracy = 1\nclasses = [\"x\"]", "specialised variants only"),
            (
                "version = 1\n[[variant]]\nmodel = \"a\"\naccuracy = 1\n[[variant]]\nmodel = \"b/a\"\naccuracy = 1",
                "two variants 'a'"
            ),
        ])
    func mistakesAreNamedWithTheirPlace(text: String, words: String) throws {
        let error = #expect(throws: DeepVidError.self) { try read(text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("people.toml:") == true)
    }

    @Test func aCatalogThatIsNotThere() {
        let error = #expect(throws: DeepVidError.self) { try Catalog(path: "/nowhere/people.toml") }
        #expect(error?.code == .notFound)
    }
}
