package media

import (
	"bytes"
	"encoding/binary"
)

// orientation reads how a JPEG wants to be shown from its EXIF block: 1 to 8, 1 when it does not say. It reads
// nothing else of the block, which is thrown away afterwards.
func orientation(raw []byte) int {
	for at := 2; at+4 <= len(raw) && raw[at] == 0xFF; {
		marker := raw[at+1]
		if marker == 0xFF { // fill byte
			at++
			continue
		}
		if marker == 0xDA || marker == 0xD9 { // the picture begins, or nothing is left
			break
		}
		if marker == 0x01 || marker >= 0xD0 && marker <= 0xD8 { // markers without a length
			at += 2
			continue
		}
		n := int(binary.BigEndian.Uint16(raw[at+2:]))
		if n < 2 || at+2+n > len(raw) {
			break
		}
		if block, ok := bytes.CutPrefix(raw[at+4:at+2+n], []byte("Exif\x00\x00")); ok && marker == 0xE1 {
			return tiffOrientation(block)
		}
		at += 2 + n
	}
	return 1
}

// tiffOrientation looks for tag 0x0112 in the first directory of a TIFF structure.
func tiffOrientation(b []byte) int {
	const tag, short = 0x0112, 3
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(b[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 1
	}
	dir := int64(order.Uint32(b[4:]))
	if order.Uint16(b[2:]) != 42 || dir+2 > int64(len(b)) {
		return 1
	}
	count := int(order.Uint16(b[dir:]))
	entries := b[dir+2:]
	for range count {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == tag {
			if v := int(order.Uint16(entries[8:])); order.Uint16(entries[2:]) == short && v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
