package markup

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used so far; other work on the machine does not count.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// patterns are the 22 of check C-DOS, then those that our own search over repeated parts found to be costly.
var patterns = []string{
	"[a](", "> ", "[", "![", "*_", "*]", "*[a](b)", `<a href="`, "<![CDATA[", "<!A", "<?", "`", "|", "~~a ",
	"[^1]", "[x]: ", "- a", "&amp", "a@", "http://a ", `\[`, "**a ",

	"\\```\n", "``\\", "~", "_a", "_http://", "(www.a.", "a**b", "``a` ", "|-", "[a] ", "[[a", "*a **b ", "<a@",
	"<http:", "]( ", "- ", "1. ", "[^1]: ", "_a@a.a", "=\n", "[a]: b\n", "- \n\n", "| ", "[a\nb]: c\n", "![[",
}

// slowest bounds one rendering, in CPU time and with room for a slow machine: the figure of the check is an
// eighth of it, and what was measured is printed.
const slowest = 2 * time.Second

func TestCostlyPatterns(t *testing.T) {
	r := New()
	var worst, refusal time.Duration
	var worstName, refusalName string
	for _, p := range patterns {
		for _, kib := range []int{4, 8, 16, 32, 64} {
			source := strings.Repeat(p, kib<<10/len(p))
			start := cpuTime()
			_, err := r.Render(context.Background(), source, Options{})
			took := cpuTime() - start
			name := p + " to " + itoa(kib) + " KiB"
			if err != nil && took > refusal {
				refusal, refusalName = took, name
			}
			if err == nil && took > worst {
				worst, worstName = took, name
			}
			if took > slowest {
				t.Errorf("%q: %v, %v", name, took, err)
			}
		}
	}
	t.Logf("slowest rendering %v (%q), slowest refusal %v (%q)", worst, worstName, refusal, refusalName)
}

// The costliest pages that the limits still allow stay bounded.
func TestCostliestAllowedPages(t *testing.T) {
	fill := func(block string) string { return strings.Repeat(block, maxSource/len(block)) }
	r := New()
	for name, source := range map[string]string{
		"emphasis that never closes": fill(strings.Repeat("*a _b ", 100) + "\n\n"),
		"labels in labels":           fill(strings.Repeat("[ ", 20) + strings.Repeat("]", 20) + "\n\n"),
		"begun links":                fill(strings.Repeat("[a](", 20) + "\n\n"),
		"headings":                   fill("=\n=\nabc\n\n"),
		"items":                      fill("- abcdefg\n- bcdefgh\n\n"),
		"tables":                     fill("|a|b|c|\n|-|-|-|\n|abc|def|ghi|\n\n"),
		"addresses":                  fill(strings.Repeat("(www.a. ", 100) + "\n\n"),
		"code spans":                 fill(strings.Repeat("`a``b```c ", 100) + "\n\n"),
		"plain":                      fill("Die Genehmigung ist vor Antritt der Reise einzuholen.\n"),
	} {
		start := cpuTime()
		_, err := r.Render(context.Background(), source, Options{})
		took := cpuTime() - start
		t.Logf("%s: %v, %v", name, took, err)
		if took > 4*slowest {
			t.Errorf("%s: %v", name, took)
		}
	}
}
