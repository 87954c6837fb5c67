package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestScreenshots writes a picture of every view, for people to look at: go test ./internal/e2e -run TestScreenshots -shots DIR
func TestScreenshots(t *testing.T) {
	if *shots == "" {
		t.Skip("pictures are taken with -shots DIR only")
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	guest, member := newTab(t), newTab(t)
	member.signIn("contributor")
	for _, l := range []look{{"de", "light", false}, {"de", "dark", false}, {"en", "light", false}} {
		guest.look(l)
		member.look(l)
		for _, s := range screens(t) {
			if l.lang == "en" && s.name != "start" && s.name != "process" && s.name != "form-errors" {
				continue
			}
			b := guest
			if s.role != "" {
				b = member
			}
			for _, width := range []int64{1280, 360} {
				b.size(width, 800)
				b.show(s)
				b.picture(filepath.Join(*shots, fmt.Sprintf("%s-%d-%s-%s.png", s.name, width, l.theme, l.lang)))
			}
		}
	}
}

// picture takes the whole page, down to its end but not endlessly.
func (b *tab) picture(file string) {
	b.t.Helper()
	// What sticks to the edge of the window stands where it does for a reader of the first screen.
	size := js[struct{ W, H float64 }](b, `({W: innerWidth, H: Math.min(document.documentElement.scrollHeight, 3000)})`)
	js[bool](b, `document.fonts.ready.then(() => true)`)
	var png []byte
	b.run("take a picture", chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).WithClip(&page.Viewport{Width: size.W, Height: size.H, Scale: 1}).Do(ctx)
		return err
	}))
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
