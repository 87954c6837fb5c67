package transfer

import (
	"bytes"
	"regexp"
	"strings"
)

// constructs are markup of other systems that Markdown does not know. They stay in the text, and the report
// says where, so that somebody can decide.
var constructs = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"template tag {% … %}", regexp.MustCompile(`\{%[^%]*%\}`)},
	{"shortcode {{< … >}}", regexp.MustCompile(`\{\{<[^>]*>\}\}`)},
	{"template variable {{ … }}", regexp.MustCompile(`\{\{[^<{][^}]*\}\}`)},
	{"fenced block :::", regexp.MustCompile(`^\s*:::+`)},
	{"citation [@…]", regexp.MustCompile(`\[@[\w:.-]+`)},
	{"attribute {#… .…}", regexp.MustCompile(`\{(?:#|\.|:)[\w-][^}]*\}`)},
	{"raw HTML", regexp.MustCompile(`<(?:div|span|table|tr|td|iframe|img|details|summary|script|style|p|a|sup|sub|figure|video|h[1-6]|ul|ol|li|center|strong|em|b|i|hr|section|nav|button)\b[^>]*>`)},
}

// scanConstructs finds what Markdown does not know, outside of code. first is the number of lines before body.
func scanConstructs(file, body string, first int) []Finding {
	var out []Finding
	fence := ""
	for i, line := range strings.Split(body, "\n") {
		trimmed := strings.TrimSpace(line)
		if fence != "" {
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
			continue
		}
		if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fence = trimmed[:3]
			continue
		}
		line = codeSpan.ReplaceAllString(line, "")
		for _, c := range constructs {
			if m := c.pattern.FindString(line); m != "" {
				out = append(out, Finding{file, first + i + 1, c.name + ": " + shorten(m)})
			}
		}
	}
	return out
}

var codeSpan = regexp.MustCompile("`[^`]*`")

func shorten(s string) string {
	const most = 60
	r := []rune(strings.TrimSpace(s))
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(r)
}

// lineOf finds the line of the first occurrence of a text in a file; 0 when it is not there literally.
func lineOf(src []byte, text string) int {
	i := bytes.Index(src, []byte(text))
	if i < 0 || text == "" {
		return 0
	}
	return bytes.Count(src[:i], []byte("\n")) + 1
}
