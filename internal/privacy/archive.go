package privacy

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// archive writes the files of an export one after the other.
type archive struct {
	zip   *zip.Writer
	at    time.Time
	table string // whose rows are being written
	out   io.Writer
}

func (x *archive) create(name string) (io.Writer, error) {
	f, err := x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: x.at})
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", name, err)
	}
	return f, nil
}

func (x *archive) file(name string, b []byte) error {
	f, err := x.create(name)
	if err == nil {
		_, err = f.Write(b)
	}
	return err
}

// row adds a row to the list of its table; rows of a table come one after the other.
func (x *archive) row(table string, row map[string]any) error {
	b, err := json.MarshalIndent(row, "  ", "  ")
	if err != nil {
		return fmt.Errorf("export %s: %w", table, err)
	}
	lead := ",\n  "
	if table != x.table {
		if err := x.end(); err != nil {
			return err
		}
		if x.out, err = x.create(table + ".json"); err != nil {
			return err
		}
		x.table, lead = table, "[\n  "
	}
	_, err = fmt.Fprintf(x.out, "%s%s", lead, b)
	return err
}

// end ends the list of the last table.
func (x *archive) end() error {
	if x.out == nil {
		return nil
	}
	_, err := io.WriteString(x.out, "\n]\n")
	x.out, x.table = nil, ""
	return err
}

// text writes what somebody wrote as Markdown, and beside it what the page had in fields.
func (x *archive) text(row map[string]any) error {
	if err := x.end(); err != nil {
		return err
	}
	name := fmt.Sprintf("texts/%v-%v", row["page"], row["revision"])
	body, _ := row["body"].(string)
	if detail, ok := row["detail"].(string); ok {
		row["detail"] = json.RawMessage(detail)
	}
	delete(row, "body")
	b, err := json.MarshalIndent(row, "", "  ")
	if err != nil {
		return fmt.Errorf("export %s: %w", name, err)
	}
	if err := x.file(name+".json", append(b, '\n')); err != nil {
		return err
	}
	title, _ := row["title"].(string)
	return x.file(name+".md", []byte("# "+title+"\n\n"+body))
}
