/// Cells as a line of a table that spreadsheets and pandas read (RFC 4180; the line ends in LF).
package func csvLine(_ cells: [String]) -> String {
    cells.map { cell in
        cell.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) } ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
    }.joined(separator: ",") + "\n"
}
