package markup

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// newPolicy is the second line of defence: it knows every element, attribute and class that the writer makes
// and nothing else. It leaves correct output as it is.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("h2", "h3", "h4", "h5", "h6", "p", "blockquote", "ul", "ol", "li", "hr", "br", "pre", "code",
		"em", "strong", "del", "sup", "span", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "div",
		"aside", "section")
	p.AllowNoAttrs().OnElements("p", "blockquote", "ul", "ol", "li", "hr", "br", "code", "em", "strong", "del",
		"table", "thead", "tbody", "tr", "td")

	id := regexp.MustCompile(`^s-[a-z0-9:-]+$`)
	p.AllowAttrs("id").Matching(id).OnElements("h2", "h3", "h4", "h5", "h6", "sup", "li")
	only := func(words string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + words + `)$`) }
	p.AllowAttrs("class").Matching(only(`external|missing|footnote-ref|footnote-back`)).OnElements("a")
	p.AllowAttrs("class").Matching(only(`visually-hidden|task-mark`)).OnElements("span")
	p.AllowAttrs("class").Matching(only(`raw-html|callout-title`)).OnElements("p")
	p.AllowAttrs("class").Matching(only(`task|task task-done`)).OnElements("li")
	p.AllowAttrs("class").Matching(only(`align-left|align-center|align-right`)).OnElements("th", "td")
	p.AllowAttrs("class").Matching(only(`callout callout-[a-z]+`)).OnElements("aside")
	p.AllowAttrs("class").Matching(only(`footnotes`)).OnElements("section")
	p.AllowAttrs("class").Matching(only(`table-scroll`)).OnElements("div")
	p.AllowAttrs("class").Matching(languageClass).OnElements("code")

	p.AllowAttrs("role").Matching(only(`region`)).OnElements("div")
	p.AllowAttrs("role").Matching(only(`note`)).OnElements("aside")
	p.AllowAttrs("role").Matching(only(`doc-endnotes`)).OnElements("section")
	p.AllowAttrs("role").Matching(only(`doc-noteref|doc-backlink`)).OnElements("a")
	p.AllowAttrs("aria-label").OnElements("div", "section", "a")
	p.AllowAttrs("aria-hidden").Matching(only(`true`)).OnElements("span")
	p.AllowAttrs("tabindex").Matching(only(`0`)).OnElements("div", "pre")
	p.AllowAttrs("scope").Matching(only(`col`)).OnElements("th")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("title").OnElements("a", "img")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(only(relExternal)).OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("loading").Matching(only(`lazy`)).OnElements("img")

	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	return p
}
