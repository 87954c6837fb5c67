package kpi

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"lernraum/internal/page"
)

// columns of a values file, in the order they are written. Numbers have a decimal point, times are RFC 3339.
var columns = []string{"period", "value", "n", "state", "note", "source", "received_at", "version"}

// maxRows bounds a values file: a hundred years of daily values, twice.
const maxRows = 80_000

// WriteCSV writes values as a file that ReadCSV reads back.
func WriteCSV(w io.Writer, values []page.KPIValue) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return err
	}
	for _, v := range values {
		n := ""
		if v.N != 0 {
			n = strconv.FormatFloat(v.N, 'f', -1, 64)
		}
		err := out.Write([]string{
			v.Period, strconv.FormatFloat(v.Value, 'f', -1, 64), n, v.State, v.Note, v.Source, v.ReceivedAt.UTC().Format(time.RFC3339), strconv.Itoa(v.Version),
		})
		if err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ReadCSV reads a values file. Only period and value must be there; the error names the line.
func ReadCSV(r io.Reader) ([]page.KPIValue, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("values: read the head line: %w", err)
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF"))
		if !slices.Contains(columns, name) {
			return nil, fmt.Errorf("values: column %q is not known; known are %s", name, strings.Join(columns, ", "))
		}
		at[name] = i
	}
	for _, need := range []string{"period", "value"} {
		if _, ok := at[need]; !ok {
			return nil, fmt.Errorf("values: column %q is missing", need)
		}
	}
	out := []page.KPIValue{}
	for {
		row, err := in.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("values: %w", err)
		}
		line, _ := in.FieldPos(0)
		if len(out) >= maxRows {
			return nil, fmt.Errorf("values: more than %d lines", maxRows)
		}
		v, err := readRow(row, at)
		if err != nil {
			return nil, fmt.Errorf("values: line %d: %w", line, err)
		}
		out = append(out, v)
	}
}

func readRow(row []string, at map[string]int) (page.KPIValue, error) {
	cell := func(name string) string {
		if i, ok := at[name]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	p, err := ParsePeriod(cell("period"))
	if err != nil {
		return page.KPIValue{}, err
	}
	v := page.KPIValue{Period: p.Text, Start: p.Start, State: cell("state"), Note: cell("note"), Source: cell("source"), Version: 1}
	var ok bool
	if v.Value, ok = ParseNumber(cell("value")); !ok {
		return v, fmt.Errorf("value %q is not a number", cell("value"))
	}
	if s := cell("n"); s != "" {
		if v.N, ok = ParseNumber(s); !ok {
			return v, fmt.Errorf("n %q is not a number", s)
		}
	}
	if v.State == "" {
		v.State = "final"
	}
	if v.State != "final" && v.State != "provisional" {
		return v, fmt.Errorf("state %q: want final or provisional", v.State)
	}
	if s := cell("received_at"); s != "" {
		if v.ReceivedAt, err = time.Parse(time.RFC3339, s); err != nil {
			return v, fmt.Errorf("received_at %q: want a time like 2026-03-04T09:00:00Z", s)
		}
	}
	if s := cell("version"); s != "" {
		if v.Version, err = strconv.Atoi(s); err != nil || v.Version < 1 {
			return v, fmt.Errorf("version %q: want a number from 1", s)
		}
	}
	return v, nil
}
