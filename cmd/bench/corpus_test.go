package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lernraum/internal/markup"
)

func TestPagesAreTheSameEachTime(t *testing.T) {
	a, b, other := corpus{n: 3000, seed: 1}, corpus{n: 3000, seed: 1}, corpus{n: 3000, seed: 2}
	for _, i := range []int{0, 39, 40, 1234, 2999} {
		if a.page(i) != b.page(i) {
			t.Errorf("page %d differs between two runs", i)
		}
		if a.page(i).body == other.page(i).body {
			t.Errorf("page %d does not depend on the seed", i)
		}
	}
}

var wikiLink = regexp.MustCompile(`\[\[([^\]|]+)(?:\|[^\]]*)?\]\]`)

func TestPagesAreRealistic(t *testing.T) {
	c := corpus{n: 2000, seed: 1}
	bySlug, byTitle := map[string]int{}, map[string]int{}
	for i := range c.n {
		key := spaceKey(spaceOf(i)) + ":" + slug(i)
		if _, taken := bySlug[key]; taken || len(slug(i)) > 80 {
			t.Fatalf("slug %s is taken or too long", key)
		}
		bySlug[key], byTitle[title(i)] = i, i
	}
	var sizes []int
	kinds := map[string]int{}
	for i := range c.n {
		l := c.page(i)
		sizes = append(sizes, len(l.body))
		kinds[l.kind]++
		links := wikiLink.FindAllStringSubmatch(l.body, -1)
		if len(links) < 5 || len(links) > 10 {
			t.Errorf("page %d has %d links", i, len(links))
		}
		for _, m := range links {
			to, ok := bySlug[m[1]]
			if !ok {
				to, ok = byTitle[m[1]]
			}
			if !ok || !readable(to) && spaceOf(to) != spaceOf(i) {
				t.Errorf("page %d: link %s leads nowhere", i, m[0])
			}
		}
		if _, body, err := markup.FrontMatter([]byte(l.file)); err != nil || strings.TrimSpace(body) != strings.TrimSpace(l.body) {
			t.Fatalf("page %d is no file of the contract: %v", i, err)
		}
	}
	slices.Sort(sizes)
	if m := sizes[len(sizes)/2]; m < 3500 || m > 5000 {
		t.Errorf("half of the pages are shorter than %d bytes", m)
	}
	for _, kind := range []string{"guide", "process", "tool", "responsibility", "unit"} {
		if kinds[kind] < unitCount {
			t.Errorf("%d pages of kind %s", kinds[kind], kind)
		}
	}
}

func TestTitlesStayUniqueInLargeCorpora(t *testing.T) {
	seen := make(map[string]bool, 100_000)
	for i := range 100_000 {
		if s := spaceKey(spaceOf(i)) + slug(i); seen[s] {
			t.Fatalf("%s is there twice", s)
		} else {
			seen[s] = true
		}
	}
}

func TestQuestionsHaveOneToThreeWords(t *testing.T) {
	c, r := corpus{n: 1000, seed: 1}, rand.New(rand.NewPCG(1, 1))
	count := map[int]int{}
	for range 300 {
		count[len(strings.Fields(c.question(r)))]++
		if n := len([]rune(c.typed(r))); n < 2 || n > 11 {
			t.Errorf("%d letters typed", n)
		}
	}
	if len(count) != 3 || count[1] == 0 || count[2] == 0 || count[3] == 0 {
		t.Errorf("words of questions: %v", count)
	}
}
