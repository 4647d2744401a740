import CKernels
import Testing
import TestSupport

struct ElementwiseTests {
    private static let functions: [(dv_binary_function, String, @Sendable (Double, Double) -> Double)] = [
        (DV_ADD, "add", { $0 + $1 }), (DV_SUBTRACT, "subtract", { $0 - $1 }), (DV_MULTIPLY, "multiply", { $0 * $1 }),
        (DV_DIVIDE, "divide", { $0 / $1 }), (DV_MINIMUM, "minimum", { min($0, $1) }), (DV_MAXIMUM, "maximum", { max($0, $1) }),
    ]
    private static let channels = [1, 2, 3, 15, 16, 17, 33, 64, 130]

    /// Every function, broadcast and order of operands.
    @Test func binaryMatchesScalars() {
        for seed in 0..<240 {
            var dice = Dice(seed)
            let (function, name, exact) = Self.functions[seed % 6]
            let channels = dice.pick(Self.channels), height = dice.int(1...4), width = dice.int(1...9)
            let isOnePixel = dice.chance(2), isOneChannel = dice.chance(2), isSwapped = dice.chance(2)
            let a = Canvas(height, width, channels, pixel: channels + dice.int(0...9))
            let b = Canvas(
                isOnePixel ? 1 : height, isOnePixel ? 1 : width, isOneChannel ? 1 : channels,
                pixel: isOneChannel ? 1 + dice.int(0...2) : nil)
            a.randomize(&dice)
            b.randomize(&dice)
            var second = b.image
            if isOnePixel { (second.row, second.pixel) = (0, 0) }
            func close(_ y: Int, _ x: Int, _ c: Int, _ value: Float) -> String? {
                let u = Double(a[y, x, c]), v = Double(b[isOnePixel ? 0 : y, isOnePixel ? 0 : x, isOneChannel ? 0 : c])
                let sum = isSwapped ? exact(v, u) : exact(u, v)
                return near(value, sum, 1e-7 * abs(sum))
            }
            ISA.each { isa in
                var spanDice = Dice(seed)
                let wrong = violation(height, width, channels, &spanDice, close: close) { destination, spans, compact in
                    dv_binary(
                        function, Int32(channels), a.image, second, isOneChannel ? 0 : 1, isSwapped ? 1 : 0, destination, spans,
                        spans.count, compact)
                }
                if let wrong {
                    Issue.record(
                        "\(isa), seed \(seed): \(name) channels \(channels) \(isOnePixel ? "one pixel" : "image") \(isOneChannel ? "one channel" : "") \(isSwapped ? "swapped" : ""): \(wrong)"
                    )
                }
            }
        }
    }

    @Test func unaryScalesShiftsAndActivates() {
        for seed in 0..<120 {
            var dice = Dice(seed)
            let channels = dice.pick(Self.channels), height = dice.int(1...4), width = dice.int(1...9), isAffine = dice.chance(2)
            let function = Function.all[seed % Function.all.count]
            let source = Canvas(height, width, channels, pixel: channels + dice.int(0...9))
            source.randomize(&dice)
            let scale = dice.floats(channels), bias = dice.floats(channels)
            func close(_ y: Int, _ x: Int, _ c: Int, _ value: Float) -> String? {
                let v = Double(source[y, x, c]), sum = isAffine ? v * Double(scale[c]) + Double(bias[c]) : v
                return near(value, function.exact(sum), function.allowance(sum, 2e-7))
            }
            ISA.each { isa in
                var spanDice = Dice(seed)
                let wrong = scale.withUnsafeBufferPointer { scale in
                    bias.withUnsafeBufferPointer { bias in
                        violation(height, width, channels, &spanDice, close: close) { destination, spans, compact in
                            dv_unary(
                                function.activation, isAffine ? scale.baseAddress : nil, isAffine ? bias.baseAddress : nil, Int32(channels),
                                source.image, destination, spans, spans.count, compact)
                        }
                    }
                }
                if let wrong {
                    Issue.record("\(isa), seed \(seed): \(function) \(isAffine ? "affine " : "")channels \(channels): \(wrong)")
                }
            }
        }
    }

    /// Channels by a map (repeats allowed) or as they are, from every `step`th pixel.
    @Test func copyMovesExactBits() {
        for seed in 0..<120 {
            var dice = Dice(seed)
            let from = dice.pick(Self.channels), height = dice.int(1...4), width = dice.int(1...9), step = dice.int(1...3)
            let map: [Int32]? = dice.chance(2) ? nil : (0..<dice.pick(Self.channels)).map { _ in Int32(dice.int(0...from - 1)) }
            let channels = map?.count ?? from
            let source = Canvas((height - 1) * step + 1, (width - 1) * step + 1, from, pixel: from + dice.int(0...9))
            source.randomize(&dice)
            var stepped = source.image
            (stepped.row, stepped.pixel) = (stepped.row * Int64(step), stepped.pixel * Int64(step))
            ISA.each { isa in
                var spanDice = Dice(seed)
                let wrong = violation(
                    height, width, channels, &spanDice,
                    close: { y, x, c, value in near(value, Double(source[y * step, x * step, map.map { Int($0[c]) } ?? c]), 0) }
                ) { destination, spans, compact in
                    if let map {
                        dv_copy(map, Int32(channels), stepped, destination, spans, spans.count, compact)
                    } else {
                        dv_copy(nil, Int32(channels), stepped, destination, spans, spans.count, compact)
                    }
                }
                if let wrong {
                    Issue.record("\(isa), seed \(seed): \(from)→\(channels) \(map == nil ? "" : "mapped ")step \(step): \(wrong)")
                }
            }
        }
    }

    @Test func resizeInterpolatesByItsTables() {
        for seed in 0..<100 {
            var dice = Dice(seed)
            let channels = dice.pick(Self.channels), isLinear = dice.chance(2)
            let from = (y: dice.int(1...5), x: dice.int(1...6)), to = (y: dice.int(1...6), x: dice.int(1...11))
            func axis(_ from: Int, _ to: Int) -> (first: [Int32], second: [Int32], weight: [Float]) {
                let first = (0..<to).map { _ in Int32(dice.int(0...from - 1)) }
                return (first, first.map { min($0 + 1, Int32(from - 1)) }, (0..<to).map { _ in Float(dice.int(0...64)) / 64 })
            }
            let rows = axis(from.y, to.y), columns = axis(from.x, to.x)
            let source = Canvas(from.y, from.x, channels, pixel: channels + dice.int(0...9))
            source.randomize(&dice)
            func close(_ y: Int, _ x: Int, _ c: Int, _ value: Float) -> String? {
                func at(_ y: Int32, _ x: Int32) -> Double { Double(source[Int(y), Int(x), c]) }
                guard isLinear else { return near(value, at(rows.first[y], columns.first[x]), 0) }
                let wy = Double(rows.weight[y]), wx = Double(columns.weight[x])
                let upper = at(rows.first[y], columns.first[x]) * (1 - wx) + at(rows.first[y], columns.second[x]) * wx
                let lower = at(rows.second[y], columns.first[x]) * (1 - wx) + at(rows.second[y], columns.second[x]) * wx
                return near(value, upper * (1 - wy) + lower * wy, 5e-7)
            }
            rows.first.withUnsafeBufferPointer { y0 in
                rows.second.withUnsafeBufferPointer { y1 in
                    rows.weight.withUnsafeBufferPointer { wy in
                        columns.first.withUnsafeBufferPointer { x0 in
                            columns.second.withUnsafeBufferPointer { x1 in
                                columns.weight.withUnsafeBufferPointer { wx in
                                    var layer = dv_resize(
                                        first_y: y0.baseAddress, second_y: y1.baseAddress, first_x: x0.baseAddress,
                                        second_x: x1.baseAddress,
                                        weight_y: isLinear ? wy.baseAddress : nil, weight_x: isLinear ? wx.baseAddress : nil,
                                        channels: Int32(channels))
                                    ISA.each { isa in
                                        var spanDice = Dice(seed)
                                        let wrong = violation(to.y, to.x, channels, &spanDice, close: close) {
                                            destination, spans, compact in
                                            dv_resize_run(&layer, source.image, destination, spans, spans.count, compact)
                                        }
                                        if let wrong {
                                            Issue.record(
                                                "\(isa), seed \(seed): \(from)→\(to) channels \(channels) \(isLinear ? "linear" : "nearest"): \(wrong)"
                                            )
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
