package media

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"testing"
)

// canary stands where a camera puts a place or a person; it must not survive.
const canary = "GPS 50.9375N 6.9603E Kamera Mustermann"

var (
	red  = color.RGBA{R: 255, A: 255}
	blue = color.RGBA{B: 255, A: 255}
)

// picture is blue with a red field in the upper left corner, so that turning it shows.
func picture(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := blue
			if x < w/2 && y < h/2 {
				c = red
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func pngFile(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	// A text chunk with the canary, before the end chunk; the decoder checks its sum.
	end := len(b.Bytes()) - 12
	return append(append(bytes.Clone(b.Bytes()[:end]), pngChunk("tEXt", "Comment\x00"+canary)...), b.Bytes()[end:]...)
}

func jpegFile(t testing.TB, img image.Image, orientation int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	exif := exifBlock(binary.BigEndian, orientation)
	app1 := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(2+len(exif)))
	out := append([]byte{0xFF, 0xD8}, append(app1, exif...)...)
	return append(out, b.Bytes()[2:]...)
}

// exifBlock is a directory with the orientation and the canary as a description.
func exifBlock(order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}, orientation int) []byte {
	b := []byte("MM")
	if order.Uint16([]byte{1, 0}) == 1 {
		b = []byte("II")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 0x010E) // description, ASCII
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(b, uint32(len(canary)))
	b = order.AppendUint32(b, 8+2+2*12+4)
	b = order.AppendUint16(b, 0x0112) // orientation, SHORT
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, uint16(orientation))
	b = order.AppendUint16(b, 0)
	b = order.AppendUint32(b, 0)
	return append([]byte("Exif\x00\x00"), append(b, canary...)...)
}

func gifFile(t testing.TB, frames int) []byte {
	t.Helper()
	g := &gif.GIF{LoopCount: 0}
	for i := range frames {
		img := image.NewPaletted(image.Rect(0, 0, 8, 6), palette.Plan9)
		img.Set(i, 0, red)
		g.Image, g.Delay = append(g.Image, img), append(g.Delay, 10+i)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	comment := append([]byte{0x21, 0xFE, byte(len(canary))}, canary...)
	at := len(b.Bytes()) - 1
	return append(append(append(bytes.Clone(b.Bytes()[:at]), comment...), 0), 0x3B)
}

// vp8l is a lossless picture of one colour, 1 x 1, written by hand: header, no transforms, five trivial codes.
func vp8l() []byte {
	var bits, n uint64
	put := func(v uint64, width uint64) { bits |= v << n; n += width }
	put(0, 14) // width - 1
	put(0, 14) // height - 1
	put(0, 1)  // no alpha
	put(0, 3)  // version
	put(0, 1)  // no transform
	put(0, 1)  // no colour cache
	put(0, 1)  // no meta code
	for range 5 {
		put(1, 1) // simple code
		put(0, 1) // one symbol
		put(0, 1) // of one bit
		put(0, 1) // symbol 0
	}
	b := []byte{0x2F}
	for i := range (n + 7) / 8 {
		b = append(b, byte(bits>>(8*i)))
	}
	return b
}

func webpFile(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func chunk(name string, data []byte) []byte { return appendChunk(nil, name, data) }

func webpWithMetadata() []byte {
	return webpFile(
		chunk("VP8X", []byte{0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
		chunk("ICCP", []byte(canary)), chunk("VP8L", vp8l()), chunk("EXIF", []byte(canary)), chunk("XMP ", []byte(canary)),
		chunk("note", []byte(canary+"!")))
}

func animatedWebP() []byte {
	frame := append(make([]byte, frameHead), chunk("VP8L", vp8l())...)
	frame = append(frame, chunk("note", []byte(canary))...)
	return webpFile(
		chunk("VP8X", []byte{0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0}), chunk("ANIM", make([]byte, 6)),
		chunk("ANMF", frame), chunk("ANMF", frame), chunk("EXIF", []byte(canary)))
}

func zipFile(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		content := "content of " + name
		if name == "mimetype" {
			content = documentBase + "text"
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
