package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"

	"image/color"
	"image/gif"
	"image/jpeg"
	"io"
	"runtime"
	"strings"
	"testing"

	"lernraum/internal/errs"
)

func check(t *testing.T, name string, raw []byte) (string, []byte, error) {
	t.Helper()
	media, r, err := New(1<<20).Check(t.Context(), name, bytes.NewReader(raw))
	if err != nil {
		return media, nil, err
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return media, out, nil
}

func TestTypes(t *testing.T) {
	for _, test := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"a.png", pngFile(t, picture(4, 4)), "image/png"},
		{"Foto.JPG", jpegFile(t, picture(16, 8), 1), "image/jpeg"},
		{"a.jpeg", jpegFile(t, picture(16, 8), 1), "image/jpeg"},
		{"a.gif", gifFile(t, 3), "image/gif"},
		{"a.webp", webpWithMetadata(), "image/webp"},
		{"film.webp", animatedWebP(), "image/webp"},
		{"Erlass 3.pdf", []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), "application/pdf"},
		{"a.docx", zipFile(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml"), officeBase + "wordprocessingml.document"},
		{"late.xlsx", zipFile(t, "docProps/app.xml", strings.Repeat("x", 9000), "xl/workbook.xml"), officeBase + "spreadsheetml.sheet"},
		{"a.odt", zipFile(t, "mimetype", "content.xml"), documentBase + "text"},
		{"werte.csv", []byte("period,value\n2026-01,3\n2026-02,4\n"), "text/csv"},
		{"alt.csv", []byte("Gr\xf6\xdfe;Wert\nStra\xdfe;3\n"), "text/csv"},
		{"a.txt", []byte("Guten Tag"), "text/plain"},
		{"script.txt", []byte("#!/bin/sh\necho hallo\n"), "text/plain"},
		{"a.md", []byte("<div>\n\n# Titel\n"), "text/markdown"},
		{"a.svg", []byte(`<?xml version="1.0"?><!-- Karte --><svg xmlns="http://www.w3.org/2000/svg"/>`), "image/svg+xml"},
		{"ablauf.bpmn", []byte("\ufeff" + `<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"/>`), "application/xml"},
		{"a.xml", []byte(`<?xml version="1.0" encoding="ISO-8859-1"?><daten/>`), "application/xml"},

		{"a.png", []byte("<!DOCTYPE html><script>alert(1)</script>"), "media.ending_wrong"},
		{"a.png", jpegFile(t, picture(4, 4), 1), "media.ending_wrong"},
		{"a.docx", zipFile(t, "harmless.txt"), "media.ending_wrong"},
		{"a.txt", []byte("\x7fELF\x02\x01\x01\x00\x00"), "media.ending_wrong"},
		{"a.svg", []byte("<html><body onload=alert(1)>"), "media.ending_wrong"},
		{"a.xml", []byte(`<?xml version="1.0"?><HTML xmlns="http://www.w3.org/1999/xhtml"/>`), "media.ending_wrong"},
		{"a.html", []byte("<!DOCTYPE html><p>"), "media.type_refused"},
		{"a.zip", zipFile(t, "a.txt"), "media.type_refused"},
		{"a.docm", zipFile(t, "[Content_Types].xml", "word/document.xml"), "media.type_refused"},
		{"setup.exe", []byte("MZ\x90\x00"), "media.type_refused"},
		{"README", []byte("text"), "media.ending_missing"},
		{"leer.txt", nil, "media.empty"},
		{"a.png", pngFile(t, picture(4, 4))[:60], "media.image_broken"},
		{"a.jpg", jpegFile(t, picture(16, 16), 1)[:150], "media.image_broken"},
		{"a.gif", gifFile(t, 2)[:900], "media.image_broken"},
		{"a.webp", webpWithMetadata()[:40], "media.image_broken"},
		{"a.webp", webpFile(chunk("EXIF", []byte(canary))), "media.image_broken"},
	} {
		t.Run(test.name+" "+test.want, func(t *testing.T) {
			got, _, err := check(t, test.name, test.raw)
			if fields := errs.FieldsOf(err); len(fields) == 1 {
				got = fields[0].Msg.Key
				if fields[0].Name != "file" || errs.KindOf(err) != errs.Invalid {
					t.Errorf("error %v is not at the file", err)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %s, want %s (%v)", got, test.want, err)
			}
		})
	}
}

func TestRefusalNamesWhatWasFoundAndWhatIsAllowed(t *testing.T) {
	_, _, err := check(t, "seite.html", []byte("<!DOCTYPE html><p>"))
	args := errs.FieldsOf(err)[0].Msg.Args
	if args["Found"] != ".html" || !strings.Contains(args["Allowed"].(string), ".docx") {
		t.Errorf("arguments %v", args)
	}
}

// oneWay hides that a reader can seek, like a request's body.
type oneWay struct{ io.Reader }

func TestRealBytesCount(t *testing.T) {
	const limit = 3 << 20
	c := New(limit)
	for _, size := range []int{limit, limit + 1} {
		raw := bytes.Repeat([]byte("text "), size/5+1)[:size]
		for _, r := range []io.Reader{bytes.NewReader(raw), oneWay{bytes.NewReader(raw)}} {
			_, clean, err := c.Check(t.Context(), "a.txt", r)
			if size > limit {
				msg, _ := errs.MessageOf(err)
				if !errs.Is(err, errs.TooLarge) || msg.Key != "media.too_large" || msg.Args["MiB"] != int64(3) {
					t.Errorf("%d bytes: %v", size, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(clean); err != nil || !bytes.Equal(got, raw) {
				t.Errorf("%d of %d bytes, %v", len(got), len(raw), err)
			}
		}
	}
}

func TestMetadataIsGone(t *testing.T) {
	polyglot := append(jpegFile(t, picture(8, 8), 1), "<script>alert('"+canary+"')</script>"...)
	for name, raw := range map[string][]byte{
		"a.png": append(pngFile(t, picture(8, 8)), canary...), "a.jpg": jpegFile(t, picture(8, 8), 6), "poly.jpg": polyglot,
		"a.gif": append(gifFile(t, 2), canary...), "a.webp": append(webpWithMetadata(), canary...), "film.webp": append(animatedWebP(), canary...),
	} {
		if !bytes.Contains(raw, []byte(canary)) {
			t.Fatalf("%s: the canary is not in the fixture", name)
		}
		_, out, err := check(t, name, raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bytes.Contains(out, []byte(canary)) || bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("<script>")) {
			t.Errorf("%s: the canary survived", name)
		}
		if _, again, err := check(t, name, out); err != nil || name != "a.jpg" && name != "poly.jpg" && !bytes.Equal(again, out) {
			t.Errorf("%s: what came out is not clean: %v", name, err)
		}
	}
}

// TestOrientation checks where the red corner of the stored picture is shown.
func TestOrientation(t *testing.T) {
	const w, h = 32, 16
	for orientation, want := range map[int]struct{ x, y, w, h int }{
		1: {0, 0, w, h}, 2: {1, 0, w, h}, 3: {1, 1, w, h}, 4: {0, 1, w, h},
		5: {0, 0, h, w}, 6: {1, 0, h, w}, 7: {1, 1, h, w}, 8: {0, 1, h, w},
	} {
		gray := image.NewGray(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				if x < w/2 && y < h/2 {
					gray.SetGray(x, y, color.Gray{Y: 255})
				}
			}
		}
		for _, src := range []image.Image{picture(w, h), gray} {
			_, out, err := check(t, "a.jpg", jpegFile(t, src, orientation))
			if err != nil {
				t.Fatal(err)
			}
			img, _, err := image.Decode(bytes.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			b := img.Bounds()
			if b.Dx() != want.w || b.Dy() != want.h {
				t.Fatalf("orientation %d: %v, want %d x %d", orientation, b, want.w, want.h)
			}
			for qx := range 2 {
				for qy := range 2 {
					r, _, _, _ := img.At(b.Dx()/4+qx*b.Dx()/2, b.Dy()/4+qy*b.Dy()/2).RGBA()
					if (r > 0x8000) != (qx == want.x && qy == want.y) {
						t.Errorf("orientation %d %T: quarter %d,%d has red %#x", orientation, src, qx, qy, r)
					}
				}
			}
		}
	}
}

func TestGIFKeepsItsFrames(t *testing.T) {
	_, out, err := check(t, "a.gif", gifFile(t, 5))
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Image) != 5 || g.Delay[4] != 14 || g.LoopCount != 0 {
		t.Errorf("%d frames, times %v, loop %d", len(g.Image), g.Delay, g.LoopCount)
	}
}

func pngChunk(name, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// TestBombs hands in small files that claim to be huge; nothing of that size may be allocated.
func TestBombs(t *testing.T) {
	be16, le16 := binary.BigEndian.PutUint16, binary.LittleEndian.PutUint16

	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 40_000), 40_000)
	hugePNG := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", string(ihdr)+"\x08\x06\x00\x00\x00")...)
	hugePNG = append(hugePNG, pngFile(t, picture(4, 4))[33:]...)

	hugeJPEG := jpegFile(t, picture(8, 8), 1)
	frame := bytes.Index(hugeJPEG, []byte{0xFF, 0xC0})
	be16(hugeJPEG[frame+5:], 40_000)
	be16(hugeJPEG[frame+7:], 40_000)

	hugeGIF := gifFile(t, 1)
	le16(hugeGIF[6:], 40_000)
	le16(hugeGIF[8:], 40_000)

	film := gifFile(t, 1)
	at := bytes.Index(film, []byte{0x2C, 0, 0, 0, 0})
	body := film[at : len(film)-3-len(canary)-2]
	film = append(append(film[:at:at], bytes.Repeat(body, maxFrames+1)...), 0x3B)

	for name, test := range map[string]struct {
		raw []byte
		key string
	}{
		"a.png": {hugePNG, "media.image_too_large"}, "a.jpg": {hugeJPEG, "media.image_too_large"},
		"a.gif": {hugeGIF, "media.image_too_large"}, "film.gif": {film, "media.animation_too_large"},
		"a.webp":    {webpFile(chunk("VP8X", []byte{0, 0, 0, 0, 0, 0, 1, 0, 0, 1}), chunk("VP8L", vp8l())), "media.image_too_large"},
		"scans.jpg": {append(jpegFile(t, picture(8, 8), 1), bytes.Repeat([]byte{0xFF, 0xDA}, maxScans)...), "media.image_broken"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := New(8<<20).Check(t.Context(), name, bytes.NewReader(test.raw))
		runtime.ReadMemStats(&after)
		if fields := errs.FieldsOf(err); len(fields) != 1 || fields[0].Msg.Key != test.key {
			t.Errorf("%s: %v, want %s", name, err, test.key)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
			t.Errorf("%s: %d MiB allocated", name, used>>20)
		}
	}
}

func TestWaitingEndsWithTheRequest(t *testing.T) {
	c := New(1 << 20)
	c.decoding <- struct{}{} // somebody else unpacks
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.Check(ctx, "a.png", bytes.NewReader(pngFile(t, picture(4, 4)))); err == nil {
		t.Error("did not wait for its turn")
	}
	if _, _, err := c.Check(ctx, "a.txt", strings.NewReader("text")); err != nil {
		t.Errorf("a text waited for an image: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	for name, raw := range map[string][]byte{
		"a.png": pngFile(f, picture(4, 4)), "a.jpg": jpegFile(f, picture(8, 8), 6), "a.gif": gifFile(f, 2),
		"a.webp": webpWithMetadata(), "b.webp": animatedWebP(), "a.docx": zipFile(f, "[Content_Types].xml", "word/document.xml"),
		"a.svg": []byte(`<?xml version="1.0"?><svg/>`), "a.csv": []byte("a,b\n1,2\n"),
	} {
		f.Add(name, raw)
	}
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		media, r, err := New(1<<16).Check(t.Context(), name, bytes.NewReader(raw))
		if err != nil {
			return
		}
		out, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) == 0 {
			t.Error("an empty file came out")
		}
		again, _, err := New(1<<22).Check(t.Context(), name, bytes.NewReader(out))
		if err != nil || again != media {
			t.Errorf("what came out is refused: %s, %v", again, err)
		}
	})
}

func FuzzOrientation(f *testing.F) {
	f.Add(exifBlock(binary.BigEndian, 6))
	f.Add(exifBlock(binary.LittleEndian, 3))
	f.Fuzz(func(t *testing.T, block []byte) {
		raw := binary.BigEndian.AppendUint16([]byte{0xFF, 0xD8, 0xFF, 0xE1}, uint16(2+len(block)))
		for _, in := range [][]byte{append(raw, block...), block} {
			if o := orientation(in); o < 1 || o > 8 {
				t.Errorf("orientation %d", o)
			}
		}
	})
}

func FuzzWebP(f *testing.F) {
	f.Add(webpWithMetadata())
	f.Add(animatedWebP())
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := cleanWebP(raw)
		if err != nil {
			return
		}
		again, err := cleanWebP(out)
		if err != nil || !bytes.Equal(again, out) {
			t.Errorf("not a fixed point: %v", err)
		}
	})
}

func TestBothByteOrdersAreRead(t *testing.T) {
	for want := 1; want <= 8; want++ {
		for _, order := range []interface {
			binary.ByteOrder
			binary.AppendByteOrder
		}{binary.BigEndian, binary.LittleEndian} {
			if got := tiffOrientation(exifBlock(order, want)[6:]); got != want {
				t.Errorf("%v: %d, want %d", order, got, want)
			}
		}
	}
}

// A picture that was made anew here is left as it is: an export comes back byte for byte. What somebody hid behind
// or inside of such a picture still goes.
func TestJPEGSettles(t *testing.T) {
	t.Parallel()
	img := image.NewRGBA(image.Rect(0, 0, 61, 33))
	for x := range 61 {
		for y := range 33 {
			img.Set(x, y, color.RGBA{uint8(x * 4), uint8(y * 7), uint8(x * y), 255})
		}
	}
	for _, quality := range []int{30, 90, 100} {
		var buf bytes.Buffer
		if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		once, err := cleanJPEG(buf.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		twice, err := cleanJPEG(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("quality %d: changes again (%v)", quality, err)
		}
		comment := append([]byte{0xFF, 0xD8, 0xFF, 0xFE, 0, 8}, append([]byte("Geheim"), once[2:]...)...)
		for name, raw := range map[string][]byte{"behind": append(bytes.Clone(once), "Geheim"...), "as a comment": comment} {
			got, err := cleanJPEG(raw)
			if err != nil || bytes.Contains(got, []byte("Geheim")) {
				t.Errorf("%s: stays (%v)", name, err)
			}
		}
	}
}
