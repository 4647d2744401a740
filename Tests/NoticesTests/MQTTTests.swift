import Foundation
import Testing

@testable import DeepVid
@testable import Notices
@testable import Results

@Suite struct MQTTTests {
    @Test func addresses() throws {
        var address = try MQTTAddress("mqtt://broker.local")
        #expect((address.host, address.port, address.prefix) == ("broker.local", 1883, "deepvid"))
        #expect(address.user == nil)
        address = try MQTTAddress("mqtts://home:p%40ss%2Fword@[fe80::1]:9/house/video/")
        #expect((address.host, address.port, address.prefix) == ("fe80::1", 9, "house/video"))
        #expect((address.user, address.password) == ("home", "p@ss/word"))
        #expect(address.usesTLS)
        #expect(address.name == "mqtts://[fe80::1]:9")
        #expect(try MQTTAddress("mqtts://a").port == 8883)
    }

    @Test(arguments: [
        "", "broker", "http://broker", "mqtt://", "mqtt:///prefix", "mqtt://a:70000", "mqtt://a/b/%23", "mqtt://a/+", "mqtt://u:p/w@a",
    ])
    func whatIsNoAddress(text: String) {
        do throws(NoticeError) {
            let address = try MQTTAddress(text)
            Issue.record("\(text) is taken for \(address)")
        } catch { #expect(error.message.hasPrefix("--mqtt: ")) }
    }

    @Test func presenceFollowsTheEvents() {
        var presence = Presence(classes: ["person"], zones: ["door"])
        presence.take(makeEvent(track: 1, zones: ["door"]))
        presence.take(makeEvent(track: 2, zones: []))
        presence.take(makeEvent(.update, track: 2, zones: ["door", "yard"]))
        #expect(presence.classes == ["person", "car"])
        #expect(presence.zones == ["door", "yard"])
        #expect(presence.count(class: "car") == 2)
        #expect(presence.count(class: "person") == 0)
        #expect(presence.count(zone: "door") == 2)
        presence.take(makeEvent(.end, track: 1, zones: ["door"]))
        #expect(presence.count(class: "car") == 1)
        #expect(presence.count(zone: "door") == 1)
        presence.clear()
        #expect(presence.count(zone: "yard") == 0)
        #expect(presence.classes.count == 2)
    }

    @Test func homeAssistantFindsTwoEntities() throws {
        let messages = HomeAssistant(camera: "gate.1", availability: ["a/status", "a/gate.1/status"]).messages(
            for: "traffic light", kind: "class", topic: "a/gate.1/traffic-light")
        #expect(
            messages.map(\.topic) == [
                "homeassistant/binary_sensor/deepvid_gate2e1/class_traffic_light_occupancy/config",
                "homeassistant/sensor/deepvid_gate2e1/class_traffic_light_count/config",
            ])
        for (_, payload) in messages {
            let config = try #require(try JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any])
            #expect(config["state_topic"] as? String == "a/gate.1/traffic-light")
            #expect((config["availability"] as? [[String: String]])?.map { $0["topic"] } == ["a/status", "a/gate.1/status"])
            #expect((config["device"] as? [String: Any])?["identifiers"] as? [String] == ["deepvid_gate2e1"])
            #expect((config["unique_id"] as? String)?.hasPrefix("deepvid_gate2e1_class_traffic_light_") == true)
        }
        #expect(HomeAssistant.id("門") != HomeAssistant.id("開"))
    }
}
