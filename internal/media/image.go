package media

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"lernraum/internal/errs"
)

const (
	// maxPixels bounds what an image takes unpacked, whatever its file takes.
	maxPixels = 50_000_000
	// maxScans bounds the passes over a progressive JPEG; cameras and programs use about ten.
	maxScans    = 100
	jpegQuality = 90
)

func broken() error { return refuse(errs.Msg("media.image_broken")) }

// fits refuses dimensions before anything of their size is allocated. Deep images count twice.
func fits(width, height, samples int) error {
	if width <= 0 || height <= 0 {
		return broken()
	}
	if int64(width)*int64(height)*int64(samples) > maxPixels {
		return refuse(errs.Msg("media.image_too_large", "Width", width, "Height", height, "MP", maxPixels/1_000_000))
	}
	return nil
}

func cleanPNG(raw []byte) ([]byte, error) {
	cfg, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, broken()
	}
	samples := 1
	switch cfg.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		samples = 2
	}
	if err := fits(cfg.Width, cfg.Height, samples); err != nil {
		return nil, err
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, broken()
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, broken()
	}
	return out.Bytes(), nil
}

func cleanJPEG(raw []byte) ([]byte, error) {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, broken()
	}
	if err := fits(cfg.Width, cfg.Height, 1); err != nil {
		return nil, err
	}
	// Within the picture data 0xFF is always followed by 0, so this counts scans, and a few in previews.
	if bytes.Count(raw, []byte{0xFF, 0xDA}) > maxScans {
		return nil, broken()
	}
	img, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, broken()
	}
	img = upright(img, orientation(raw))
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, broken()
	}
	if sameHead(raw, out.Bytes()) {
		return raw, nil // made here before: once more would only lose quality, and an export must come back as it went
	}
	return out.Bytes(), nil
}

// sameHead tells that a JPEG has exactly the tables that our own one has, and behind them picture data alone, to the
// last byte.
func sameHead(raw, own []byte) bool {
	scan := bytes.Index(own, []byte{0xFF, 0xDA}) // our tables hold no such pair: they end before the first scan
	if scan < 0 || len(own) < scan+4 {
		return false
	}
	head := scan + 2 + int(own[scan+2])<<8 + int(own[scan+3])
	if len(own) < head || len(raw) < head+2 || !bytes.Equal(raw[:head], own[:head]) {
		return false
	}
	data, end := raw[head:len(raw)-2], raw[len(raw)-2:]
	if !bytes.Equal(end, []byte{0xFF, 0xD9}) {
		return false
	}
	for i, b := range data {
		if b == 0xFF && (i+1 == len(data) || data[i+1] != 0) {
			return false
		}
	}
	return true
}

// upright turns and mirrors an image as its EXIF orientation (1 to 8) wants it shown.
func upright(src image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return src
	}
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	outW, outH := w, h
	if orientation >= 5 {
		outW, outH = h, w
	}
	from := func(x, y int) (int, int) {
		switch orientation {
		case 2:
			x = w - 1 - x
		case 3:
			x, y = w-1-x, h-1-y
		case 4:
			y = h - 1 - y
		case 5:
			x, y = y, x
		case 6:
			x, y = y, h-1-x
		case 7:
			x, y = w-1-y, h-1-x
		case 8:
			x, y = w-1-y, x
		}
		return b.Min.X + x, b.Min.Y + y
	}
	r := image.Rect(0, 0, outW, outH)
	switch src := src.(type) {
	case *image.Gray:
		out := image.NewGray(r)
		for y := range outH {
			for x := range outW {
				out.Pix[y*out.Stride+x] = src.Pix[src.PixOffset(from(x, y))]
			}
		}
		return out
	case *image.YCbCr: // one colour sample a pixel, so that nothing is lost in turning
		out := image.NewYCbCr(r, image.YCbCrSubsampleRatio444)
		for y := range outH {
			for x := range outW {
				sx, sy := from(x, y)
				at, c := y*out.YStride+x, src.COffset(sx, sy)
				out.Y[at], out.Cb[at], out.Cr[at] = src.Y[src.YOffset(sx, sy)], src.Cb[c], src.Cr[c]
			}
		}
		return out
	default:
		out := image.NewRGBA(r)
		for y := range outH {
			for x := range outW {
				out.Set(x, y, src.At(from(x, y)))
			}
		}
		return out
	}
}
