import Foundation
import Vision

func detection(_ x: Float, _ y: Float = 100, score: Float = 0.9, classID: Int = 0, width: Float = 40, height: Float = 80) -> Detection {
    Detection(classID: classID, label: "class_\(classID)", score: score, box: Box(x: x, y: y, width: width, height: height))
}

enum Checkpoints {
    /// As it comes back from a file.
    static func copy<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }
}
