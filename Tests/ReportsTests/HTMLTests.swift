import Testing

@testable import Reports

@Suite struct HTMLTests {
    @Test func stringsAreEscaped() {
        let evil = "<b>\"&'"
        let html: HTML = "<i title=\"\(evil)\">\(evil)</i>"
        #expect(html.text == "<i title=\"&lt;b&gt;&quot;&amp;&#39;\">&lt;b&gt;&quot;&amp;&#39;</i>")
    }

    @Test func htmlIsNotEscapedTwice() {
        let inner: HTML = "<b>\("a<b")</b>"
        let outer: HTML = "<p>\(inner)</p>"
        #expect(outer.text == "<p><b>a&lt;b</b></p>")
    }

    @Test(arguments: ["\u{0}", "\u{1F}", "\u{7F}", "\u{202E}", "\u{2066}", "\u{FFFE}"])
    func charactersThatXMLDoesNotHave(character: String) {
        let html: HTML = "\(character)"
        #expect(html.text == "\u{FFFD}")
    }

    @Test func longTextIsCut() {
        let text = String(repeating: "x", count: 20)
        let (cut, whole): (HTML, HTML) = ("\(text, limit: 8)", "\(text, limit: 20)")
        #expect(cut.text == "xxxxxxxx…")
        #expect(whole.text == text)
    }

    @Test func lineBreaksBecomeSpaces() {
        let html: HTML = "\("a\nb\tc")"
        #expect(html.text == "a b c")
    }

    @Test func tables() {
        let table = HTML.table(["class", "frames"], [["car", "7"], [HTML.cell("<x>"), HTML.cell(nil)]]).text
        #expect(table.contains("<th scope=\"col\">class</th><th scope=\"col\">frames</th>"))
        #expect(table.contains("<tr><th scope=\"row\">car</th><td>7</td></tr>"))
        #expect(table.contains("<tr><th scope=\"row\">&lt;x&gt;</th><td>–</td></tr>"))
    }

    @Test func problemsAreAListOnlyWhereThereAreSome() {
        #expect(HTML.problems([]).text.isEmpty)
        #expect(HTML.problems(["a", "<b>"]).text == "<ul class=\"problems\"><li>a</li><li>&lt;b&gt;</li></ul>\n")
    }

    /// The page is parsed as XML, in which a style sheet with these would be broken.
    @Test func theStyleSheetIsXML() {
        #expect(ReportContent.style.text.contains("prefers-color-scheme:dark"))
        #expect(!ReportContent.style.text.contains("<"))
        #expect(!ReportContent.style.text.contains("&"))
    }

    /// Neither HTML nor XML may find its end within it.
    @Test func theScriptEndsWhereItShould() {
        #expect(ReportContent.script.contains("IntersectionObserver"))
        #expect(!ReportContent.script.contains("</"))
        #expect(!ReportContent.script.dropLast("//]]>\n".count).contains("]]>"))
    }

    @Test func jsonHasNoMarkup() {
        let json = HTML(json: #"{"a":"</script><b>&amp;"}"#)
        #expect(json.text == #"{"a":"\u003c/script\u003e\u003cb\u003e\u0026amp;"}"#)
    }
}
