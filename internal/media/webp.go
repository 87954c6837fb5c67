package media

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/image/webp"
)

// A WebP file is a RIFF container; the library can read its pictures but not write any. So the container is
// written anew with the chunks that make the picture, and without all others: EXIF, XMP, ICC profiles, unknown
// chunks, and whatever follows the container.
const (
	riffHead  = 12 // "RIFF", length, "WEBP"
	chunkHead = 8  // name, length
	frameHead = 16 // of a frame in an animation: position, size, time, flags
)

func cleanWebP(raw []byte) ([]byte, error) {
	if len(raw) < riffHead || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WEBP" {
		return nil, broken()
	}
	size := int64(binary.LittleEndian.Uint32(raw[4:]))
	if size < 4 || size+8 > int64(len(raw)) {
		return nil, broken()
	}
	out := append(make([]byte, 0, size+8), raw[:riffHead]...)
	var frames, pictures int
	var pixels int64
	animated := false
	err := chunks(raw[riffHead:size+8], func(name string, data []byte) error {
		switch name {
		case "VP8X":
			if len(data) != 10 || len(out) != riffHead {
				return broken()
			}
			if err := fits(int24(data[4:])+1, int24(data[7:])+1, 1); err != nil {
				return err
			}
			data = bytes.Clone(data)
			data[0] &= 0x10 | 0x02 // alpha and animation stay; profile, EXIF and XMP are gone
			data[1], data[2], data[3] = 0, 0, 0
			animated = data[0]&0x02 != 0
		case "ANIM":
			if len(data) != 6 || !animated {
				return broken()
			}
		case "ANMF":
			if len(data) < frameHead || !animated {
				return broken()
			}
			frames++
			pixels += int64(int24(data[6:])+1) * int64(int24(data[9:])+1)
			if frames > maxFrames || pixels > maxFramePixels {
				return animationTooLarge()
			}
			frame, err := cleanFrame(data)
			if err != nil {
				return err
			}
			data = frame
		case "VP8 ", "VP8L":
			pictures++
		case "ALPH":
		default:
			return nil
		}
		out = appendChunk(out, name, data)
		return nil
	})
	if err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	if animated {
		if frames == 0 || pictures > 0 {
			return nil, broken()
		}
		return out, nil
	}
	cfg, err := webp.DecodeConfig(bytes.NewReader(out))
	if err != nil || pictures != 1 {
		return nil, broken()
	}
	return out, fits(cfg.Width, cfg.Height, 1)
}

// cleanFrame keeps the head of a frame and the chunks of its picture.
func cleanFrame(data []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(data)), data[:frameHead]...)
	pictures := 0
	err := chunks(data[frameHead:], func(name string, data []byte) error {
		switch name {
		case "VP8 ", "VP8L":
			pictures++
		case "ALPH":
		default:
			return nil
		}
		out = appendChunk(out, name, data)
		return nil
	})
	if err == nil && pictures != 1 {
		err = broken()
	}
	return out, err
}

// chunks calls fn for each chunk; data is what the chunk holds.
func chunks(b []byte, fn func(name string, data []byte) error) error {
	for len(b) > 0 {
		if len(b) < chunkHead {
			return broken()
		}
		n := int64(binary.LittleEndian.Uint32(b[4:]))
		if n > int64(len(b)-chunkHead) {
			return broken()
		}
		if err := fn(string(b[:4]), b[chunkHead:chunkHead+n]); err != nil {
			return err
		}
		b = b[min(chunkHead+n+n&1, int64(len(b))):] // chunks begin at even places
	}
	return nil
}

func appendChunk(out []byte, name string, data []byte) []byte {
	out = append(out, name...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
	out = append(out, data...)
	if len(data)&1 == 1 {
		out = append(out, 0)
	}
	return out
}

func int24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
