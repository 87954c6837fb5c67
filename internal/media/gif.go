package media

import (
	"bytes"
	"encoding/binary"
	"image/gif"

	"lernraum/internal/errs"
)

const (
	maxFrames = 500
	// maxFramePixels bounds all frames of an animation together; each takes a byte a pixel.
	maxFramePixels = 2 * maxPixels
)

// cleanGIF keeps the frames and their times and drops comments and blocks of applications.
func cleanGIF(raw []byte) ([]byte, error) {
	if err := gifFits(raw); err != nil {
		return nil, err
	}
	g, err := gif.DecodeAll(bytes.NewReader(raw))
	if err != nil {
		return nil, broken()
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		return nil, broken()
	}
	return out.Bytes(), nil
}

// gifFits walks over the blocks and adds up what the frames take unpacked, before any is.
func gifFits(raw []byte) error {
	if len(raw) < 13 {
		return broken()
	}
	le := binary.LittleEndian
	if err := fits(int(le.Uint16(raw[6:])), int(le.Uint16(raw[8:])), 1); err != nil {
		return err
	}
	at := 13 + colourTable(raw[10])
	var frames, pixels int
	for at < len(raw) {
		switch raw[at] {
		case 0x21: // extension: a label, then sub-blocks
			at = skipSubBlocks(raw, at+2)
		case 0x2C: // image: position, size, flags, perhaps a colour table, code size, sub-blocks
			if at+10 > len(raw) {
				return broken()
			}
			frames++
			pixels += int(le.Uint16(raw[at+5:])) * int(le.Uint16(raw[at+7:]))
			if frames > maxFrames || pixels > maxFramePixels {
				return animationTooLarge()
			}
			at = skipSubBlocks(raw, at+10+colourTable(raw[at+9])+1)
		case 0x3B:
			return nil
		default:
			return broken()
		}
	}
	return broken() // the end is missing
}

func animationTooLarge() error {
	return refuse(errs.Msg("media.animation_too_large", "Frames", maxFrames, "MP", maxFramePixels/1_000_000))
}

func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

func skipSubBlocks(raw []byte, at int) int {
	for at < len(raw) && raw[at] != 0 {
		at += 1 + int(raw[at])
	}
	return at + 1
}
