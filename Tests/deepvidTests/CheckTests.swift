import Foundation
import TestSupport
import Testing

/// `deepvid check`: what is wrong with the settings, and where; or what is run.
@Suite struct CheckTests {
    private func check(_ settings: String, _ flags: String = "") throws -> Outcome {
        let place = try Workspace()
        try place.write(settings, to: "deepvid.toml")
        try place.write(#"{"zones": [{"name": "a", "points": [[0, 0], [9, 0], [9, 9]]}]}"#, to: "zones.json")
        return try shell("mkdir nvr; echo '{\"zones\": 3}' >bad.json; deepvid check \(flags)", in: place)
    }

    @Test func commandsArePrintedWithoutSecrets() throws {
        let outcome = try check(
            """
            output = "records"
            classes = ["person", "car"]
            [camera.gate]
            input = "rtsp://admin:secret@gate.local/1?token=abc"
            segment = "10m"
            threads = 2
            [camera.yard]
            input = "nvr"
            threads = 1
            output = "yard's"
            """)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.lines.dropFirst() == [
                "# gate",
                "deepvid infer 'rtsp://admin:***@gate.local/1?token=***' --segment 10m --threads 2 --output records/gate.jsonl "
                    + "--classes 'person,car' --camera gate",
                "# yard", #"deepvid batch nvr --threads 1 --output 'yard'\''s' --classes 'person,car' --camera yard --follow"#,
            ])
        let script = try check("output=\"o\"\n[camera.a]\ninput=\"street.mp4\"\nmax-frames=1\n[camera.b]\ninput=\"no.mp4\"", "--camera a")
        #expect(script.status == 0, "\(script.errors)")
        #expect(!script.output.contains("no.mp4"))
    }

    @Test func everyMistakeHasItsPlace() throws {
        let outcome = try check(
            """
            trak = true
            output = "records/{camera}.jsonl"
            [camera.gate]
            input = "street.mp4"
            score = 2
            classes = ["parson"]
            zones = "bad.json"
            fps = 2
            every = 2
            [camera.yard]
            input = "nvr"
            model = "no.onnx"
            [camera.old]
            input = "gone.mp4"
            exit-rule = "odds"
            """)
        #expect(outcome.status == 2)
        #expect(outcome.output.isEmpty)
        let expected = [
            "1:1: unknown key 'trak' (did you mean 'track'?)", "5:1: the value '2' is invalid for '--score <score>'",
            "6:1: --classes: the model has no class 'parson'; did you mean 'person'?", "7:1: --zones: bad.json", "9:1: --every and --fps",
            "12:1: no.onnx: no such model file", "14:1: gone.mp4: no such file", "15:1: --exit-rule has nothing to decide",
        ]
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == expected.count, "\(outcome.errors)")
        for (line, start) in zip(lines, expected) { #expect(line.hasPrefix("deepvid: error: deepvid.toml:\(start)"), "\(line)") }
    }

    @Test func camerasUnderAnotherNameAreNoticed() throws {
        for (settings, expected) in [
            ("output = \"o\"\n[cameras.yard]\ninput = \"nvr\"", "2:10: [cameras.yard] is no table of these settings: "),
            ("[yard]\ninput = \"nvr\"", "1:2: [yard] is no table of these settings: "),
        ] {
            let outcome = try check(settings)
            #expect(outcome.status == 2)
            #expect(outcome.errors.hasPrefix("deepvid: error: deepvid.toml:\(expected)did you mean [camera.yard]?"), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        }
    }

    @Test func forPrograms() throws {
        let good = try check("output = \"o\"\n[camera.a]\ninput = \"rtsp://u:secret@gate/1\"\nthreads = 1", "--json | jq -c .")
        #expect(good.status == 0, "\(good.errors)")
        let camera = #""cameras":[{"name":"a","command":["deepvid","infer","rtsp://u:***@gate/1","--threads","1","#
        #expect(good.output.contains(camera), "\(good.output)")
        #expect(good.output.contains(#""mistakes":[],"warnings":["deepvid.toml: has passwords"#), "\(good.output)")
        let bad = try check("output = \"o\"\n[camera.a]\ninput = \"street.mp4\"\nscor = 1\nmodel = \"no.onnx\"", "--json")
        #expect(bad.status == 2)
        #expect(bad.errors.isEmpty, "\(bad.errors)")
        #expect(bad.output.contains(#""mistakes":[{"line":4,"column":1,"message":"unknown key 'scor'"#), "\(bad.output)")
        #expect(bad.output.contains(#"{"line":5,"column":1,"message":"no.onnx: no such model file"#), "\(bad.output)")
    }

    @Test func passwordsAreForNobodyElse() throws {
        let settings = "output = \"o\"\n[camera.a]\ninput = \"rtsp://u:secret@gate/1\""
        let place = try Workspace()
        try place.write(settings, to: "deepvid.toml")
        let open = try shell("chmod 644 deepvid.toml; deepvid check", in: place)
        #expect(open.errors.hasPrefix("deepvid: warning: deepvid.toml: has passwords, and every user of this machine may read it"))
        #expect(!open.errors.contains("secret"))
        let closed = try shell("chmod 640 deepvid.toml; deepvid check", in: place)
        #expect(closed.errors.isEmpty, "\(closed.errors)")
    }

    /// What beginners write, and what it should have been.
    @Test(arguments: [
        ("output = records/{camera}\n[camera.gate]\ninput = \"nvr\"", #"1:"#, #"text needs quotes: output = "records/{camera}""#),
        ("output = \"r\"\nevents = yes\n[camera.gate]\ninput = \"nvr\"", "2:", "write events = true"),
        (
            "output = \"r/{camera}\"\nthreads = 1\n[camera.gate]\ninput = \"tcp://127.0.0.1:23001?listen\"\n[camera.yard]\ninput = \"tcp://127.0.0.1:23001?listen\"",
            "6:1: ", "cameras gate and yard both listen at 127.0.0.1:23001"
        ),
        ("output = \"r\"\n[gate]\ninput = \"nvr\"", "2:2: ", "did you mean [camera.gate]?"),
        ("output = \"r\"\n[camera.front door]\ninput = \"nvr\"", "2:", "write [camera.front-door]"),
        ("output = \"r\"\n[camera.\"front door\"]\ninput = \"nvr\"", "2:", "begin with a letter or digit: [camera.front-door]"),
        ("output = \"r\"\nquiet_hours = \"x\"\n[camera.gate]\ninput = \"nvr\"", "2:1: ", "did you mean 'notify-from and notify-to'?"),
        ("output = \"r\"\nnotify_from = \"22:00\"\n[camera.gate]\ninput = \"nvr\"", "2:1: ", "did you mean 'notify-from'?"),
        ("output = \"r\"\n[camera.gate]\ninputs = \"nvr\"", "3:1: ", "unknown key 'inputs': where the pictures come from is 'input'"),
        ("output = \"r\"\nwebhook = \"x\"\n[camera.gate]\ninput = \"nvr\"", "2:1: ", "did you mean 'on-event'?"),
        ("output = \"r\"\nzones = \"gone.json\"\n[camera.gate]\ninput = \"nvr\"", "2:1: ", "--zones: gone.json: no such file"),
        ("output = \"r/{camera}\"\n[camera.gate]\ninput = \"nvr\"\n[camera.Gate]\ninput = \"nvr\"", "4:9: ", "in capital letters only"),
        ("output = \"r\"\nsnapshots = \"zones.json/x\"\n[camera.gate]\ninput = \"nvr\"", "2:1: ", "zones.json: is not a folder"),
    ])
    func commonMistakes(settings: String, place: String, words: String) throws {
        let outcome = try check(settings)
        #expect(outcome.status == (words.contains("no such file") ? 1 : 2))
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("deepvid: error: deepvid.toml:\(place)"), "\(outcome.errors)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }

    /// What can be run, and was probably meant otherwise.
    @Test func doubtsAreWarnings() throws {
        let outcome = try check(
            """
            output = "records"
            on-event = "127.0.0.1:18555/phone"
            [camera.gate]
            input = "street.mp4"
            live = true
            segment = "10"
            snapshots = "snaps/{camera}/x"
            """)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 2, "\(outcome.errors)")
        #expect(lines.first?.contains("toml:2:1: --on-event 127.0.0.1:18555/phone is run as a command of the shell") == true)
        #expect(lines.last?.contains(#"toml:6:1: segment = "10" is 10 seconds; minutes are "10m""#) == true)
        #expect(outcome.output.contains("--snapshots snaps/gate/x"))
    }

    /// Recorders put what is of all cameras into one folder.
    @Test func foldersOfSeveralCameras() throws {
        let place = try Workspace()
        func check(_ cameras: String) throws -> Outcome {
            try place.write("output = \"r/{camera}\"\nthreads = 1\n\(cameras)", to: "deepvid.toml")
            return try shell(
                "mkdir -p nvr; cp street.mp4 nvr/10.0.0.64_01_20261121180000.mp4; cp street.mp4 nvr/10.0.0.65_01_20261121180000.mp4; deepvid check",
                in: place)
        }
        let one = try check("[camera.recorder]\ninput = \"nvr\"")
        #expect(
            one.errors.contains(
                "4:1: nvr has recordings of 2 cameras (10.0.0.64_01, 10.0.0.65_01), which will all be called recorder: name a folder or a pattern"
            ),
            "\(one.errors)")
        let two = try check("[camera.a]\ninput = \"nvr/*64_01*\"\n[camera.b]\ninput = \"nvr/*65_01*\"")
        #expect(two.errors.isEmpty, "\(two.errors)")
        #expect(two.output.contains("deepvid batch 'nvr/*64_01*' --output r/a --threads 1 --camera a --follow"), "\(two.output)")
        let same = try check("[camera.a]\ninput = \"nvr/*64_01*\"\n[camera.b]\ninput = \"nvr/*_01*\"")
        #expect(same.errors.contains("cameras a and b both watch nvr/*_01*"), "\(same.errors)")
    }

    /// Each value of a list is looked at, and what never rings is said.
    @Test func listsOfNotices() throws {
        let outcome = try check(
            """
            output = "records"
            on-event = ["http://127.0.0.1:1/x", "echo hi", "no-such-program"]
            notify = ["enter", "start"]
            [camera.gate]
            input = "street.mp4"
            """)
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 3, "\(outcome.errors)")
        #expect(lines.first?.contains("2:1: --on-event: no-such-program: not found") == true)
        #expect(lines.dropFirst().first?.contains("3:1: --notify enter: without zones nobody enters") == true)
        // What comes after a webhook's host is a secret.
        #expect(lines.last?.contains("every user of this machine may read it") == true)
    }

    @Test func aFolderIsNoSettings() throws {
        try expectRefusal("deepvid check .", ".: is a folder: name the settings file, ./deepvid.toml")
    }

    /// The program of a notice is looked for before somebody comes.
    @Test(arguments: [
        ("tell.sh", "tell.sh: not found; write ./tell.sh for the file beside the settings"),
        ("./tell.sh now", "is not executable: chmod +x ./tell.sh"),
        ("no-such-program -v", "no-such-program: not found"), ("echo $DEEPVID_TEXT", nil), ("[ -n \"$A\" ] && tell", nil),
        ("A=1 tell", nil),
        ("cat >>told; echo", nil),
    ])
    func programsOfNotices(command: String, words: String?) throws {
        let place = try Workspace()
        try place.write("true", to: "tell.sh")
        try place.write("output = \"o\"\non-event = '\(command)'\n[camera.a]\ninput = \"street.mp4\"\nthreads = 1", to: "deepvid.toml")
        let outcome = try shell("deepvid check", in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        if let words {
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        } else {
            #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        }
    }

    /// No flag is forgotten: the settings have no list of their own.
    @Test(arguments: ["infer", "batch"]) func everyFlagIsAKey(command: String) throws {
        let help = try shell("deepvid \(command) --help").output
        let flags = Set(help.matches(of: /\n  (?:-., )?--([a-z][a-z-]*)(?:\/--([a-z-]+))?/).map { String($0.1) }).subtracting([
            "help", "version",
        ])
        // What the command line of every camera has from run.
        let decided: Set = ["camera", "follow", "log", "resume"]
        #expect(flags.count > 20)
        let keys = flags.subtracting(decided).sorted().map { "\"\($0)\" = \"x\"" }
        let outcome = try check("[camera.a]\ninput = \"\(command == "infer" ? "street.mp4" : "nvr")\"\n" + keys.joined(separator: "\n"))
        #expect(outcome.status == 2)
        #expect(!outcome.errors.contains("unknown key"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("is an option of"), "\(outcome.errors)")
    }

    /// Others see the terminal, and tickets get what it shows.
    @Test func secretsOfCommandsAreNotShown() throws {
        let outcome = try check(
            """
            output = "o"
            [camera.a]
            input = "rtmp://host.local/live/streamkey1"
            on-event = [
                "https://hooks.example/services/T0/B0/hook1",
                "echo -u me:secret2 -H 'Authorization: Bearer bearer3' https://x.example/p4?token=t5",
            ]
            """)
        #expect(outcome.status == 0, "\(outcome.errors)")
        for secret in ["streamkey1", "hook1", "secret2", "bearer3", "p4", "t5"] {
            #expect(!(outcome.output + outcome.errors).contains(secret), "\(secret): \(outcome.output)\(outcome.errors)")
        }
        for shown in ["rtmp://host.local/live/***", "https://hooks.example/…", "-u me:***"] {
            #expect(outcome.output.contains(shown), "\(shown): \(outcome.output)")
        }
        #expect(outcome.errors.contains("has passwords, and every user"), "\(outcome.errors)")
    }

    @Test(arguments: [
        ("p@ss", "the password has a @: write it as %40"), ("p#ss", "the password has a #: write it as %23"), ("p%40ss", nil),
    ])
    func passwordsThatAreNotEncoded(password: String, words: String?) throws {
        let outcome = try check(
            "output = \"o\"\n[camera.a]\ninput = \"rtsp://u:\(password)@gate.local/1\"", "; chmod 640 deepvid.toml; deepvid check")
        #expect(outcome.status == 0, "\(outcome.errors)")
        if let words {
            #expect(outcome.errors.contains("deepvid.toml:3:1: input: \(words)"), "\(outcome.errors)")
        } else {
            #expect(!outcome.errors.contains("input:"), "\(outcome.errors)")
        }
    }

    /// It may be another disk tomorrow, or another mode: the settings say nothing wrong.
    @Test func whatIsNotThereMayCome() throws {
        let outcome = try check(
            "output = \"o\"\n[camera.a]\ninput = \"gone/recordings\"\n[camera.b]\ninput = \"gone.mp4\"\n", "--json")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("gone/recordings: no such folder"), "\(outcome.output)")
        #expect(outcome.output.contains("gone.mp4: no such file"), "\(outcome.output)")
        #expect(outcome.output.components(separatedBy: "\"is_missing_file\":true").count == 3, "\(outcome.output)")
    }

    /// What is installed to start from has no mistakes, also with what stands in it as comments.
    @Test func theExampleIsGood() throws {
        let text = try Files.text("dist/deepvid.toml")
        let whole = text.replacing(/(?m)^# (\[|input|compress|zones)/) { String($0.1) }
            .replacing("/srv/nvr/yard", with: "nvr").replacing("gate.zones.json", with: "zones.json")
        for settings in [text, whole] {
            let outcome = try check(settings)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("rtsp://user:***@gate.local/stream"))
        }
        #expect(whole.contains("\n[camera.yard]\ninput = \"nvr\""))
    }

    @Test func refusals() throws {
        try expectRefusal("deepvid check", "deepvid.toml", "deepvid.toml(5)")
        try expectRefusal("deepvid check no.toml", "no.toml: no such file")
        try expectRefusal("printf 'a = [' >d.toml; deepvid run d.toml", "d.toml:1:", "is not TOML")
        try expectRefusal(
            "printf '[camera.gate]\\ninput=\"street.mp4\"' >d.toml; deepvid run d.toml", "d.toml:1:9: camera 'gate' has no output")
        try expectRefusal("printf '[camera.gate]\\ninput=\"street.mp4\"' >d.toml; deepvid run d.toml --camera gat", "'gat'", "'gate'")
    }
}
