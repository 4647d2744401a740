import Foundation

/// Names and points of the zones and lines in a zone file: what is needed to draw them.
public enum ShapeFile {
    private struct Layout: Decodable {
        struct Zone: Decodable {
            var name: String?
            var polygon: [[Double]]
        }
        struct Line: Decodable {
            var name: String?
            var from: [Double]
            var to: [Double]
        }
        var zones: [Zone]?
        var lines: [Line]?
    }

    /// - Throws: `PipelineError` when the file cannot be read, or holds something else.
    public static func read(_ path: String) throws(PipelineError) -> [NamedShape] {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw PipelineError(code: "unreadable", "\(path): cannot be read; --zones needs a file of zones and lines")
        }
        let layout: Layout
        do { layout = try JSONDecoder().decode(Layout.self, from: data) } catch {
            throw PipelineError(
                code: "invalid_zones",
                "\(path): is no file of zones; expected {\"zones\": [{\"name\": …, \"polygon\": [[x, y], …]}], "
                    + "\"lines\": [{\"name\": …, \"from\": [x, y], \"to\": [x, y]}]}")
        }
        func point(_ numbers: [Double]) throws(PipelineError) -> NamedShape.Point {
            guard numbers.count == 2 else { throw PipelineError(code: "invalid_zones", "\(path): a point needs two numbers, [x, y]") }
            return NamedShape.Point(x: numbers[0], y: numbers[1])
        }
        var shapes: [NamedShape] = []
        for zone in layout.zones ?? [] {
            var points: [NamedShape.Point] = []
            for numbers in zone.polygon { points.append(try point(numbers)) }
            shapes.append(NamedShape(name: zone.name ?? "", points: points, isClosed: true))
        }
        for line in layout.lines ?? [] {
            shapes.append(NamedShape(name: line.name ?? "", points: [try point(line.from), try point(line.to)], isClosed: false))
        }
        return shapes
    }
}
