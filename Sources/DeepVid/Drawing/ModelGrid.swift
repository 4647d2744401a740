import Pictures
import Vision

/// Which pixel of the model's input lies under each pixel of a picture of the whole frame.
struct ModelGrid {
    private let columns: [Int?]
    private let rows: [Int?]

    init(_ placement: Placement, of canvas: Canvas) {
        func map(_ count: Int, _ source: Int, _ limit: Int, _ point: (Double) -> Double) -> [Int?] {
            (0..<count).map { at in
                let there = Int(point((Double(at) + 0.5) * Double(source) / Double(count)).rounded(.down))
                return (0..<limit).contains(there) ? there : nil
            }
        }
        columns = map(canvas.width, placement.sourceWidth, placement.modelWidth) { placement.modelPoint(sourceX: $0, y: 0).x }
        rows = map(canvas.height, placement.sourceHeight, placement.modelHeight) { placement.modelPoint(sourceX: 0, y: $0).y }
    }

    /// Nil where the model does not look, beside a centre crop.
    func pixel(x: Int, y: Int) -> (x: Int, y: Int)? {
        guard let column = columns[x], let row = rows[y] else { return nil }
        return (column, row)
    }
}

/// A number for a label: JSON's writers are not for people, and Foundation's formats are slow to load.
func decimal(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    let units = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && units > 0 ? "-" : ""
    return places == 0 ? "\(sign)\(units)" : "\(sign)\(units / scale).\(padded(units % scale, places))"
}
