package search

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	index "github.com/blevesearch/bleve_index_api"
)

// mappingVersion is raised when documents are built differently although the table of fields stays the same.
const mappingVersion = 1

// The fields of the index.
const (
	fieldTitle       = "title"
	fieldTitleEN     = "title_en"
	fieldAlias       = "alias" // former titles, abbreviations, synonyms, tags
	fieldHead        = "head"  // headings
	fieldSummary     = "summary"
	fieldBody        = "body"
	fieldBodyEN      = "body_en"
	fieldSuggest     = "title_e" // beginnings of the words of title and aliases
	fieldSurface     = "title_s" // words of title, aliases and tags as written, for typing errors
	fieldKind        = "kind"
	fieldSpace       = "space"
	fieldUnit        = "unit"
	fieldTag         = "tag"
	fieldState       = "state"
	fieldLang        = "lang"
	fieldAccess      = "acl"          // who may see it, as one term: see accessTerm
	fieldRank        = "rank"         // archived and review date, for demotion
	fieldSortTitle   = "sort_title"   // folded title, then id
	fieldSortUpdated = "sort_updated" // time of the newest revision, then id
	fieldHit         = "hit"          // what a hit shows, as JSON
)

// chain names the analysis of a field.
type chain uint8

const (
	chainNone    chain = iota // stored only
	chainKeyword              // the value is the one term
	chainTitle                // German, stop words kept
	chainText                 // German, stop words removed
	chainTitleEN
	chainTextEN
	chainPrefix
	chainSurface // as written, but for case and umlauts
)

// field says how a value is indexed. Fields with doc values are present in every document: a segment without
// them would make Bleve collect them on a goroutine of its own, where a damaged file cannot be survived.
type field struct {
	name    string
	chain   chain
	options index.FieldIndexingOptions
}

const (
	searchable = index.IndexField
	located    = index.IndexField | index.IncludeTermVectors
	keyword    = index.IndexField | index.SkipFreqNorm
	sorted     = index.IndexField | index.SkipFreqNorm | index.DocValues
)

// fields is the mapping. Its order is part of the version.
func fields() []field {
	return []field{
		{fieldTitle, chainTitle, located},
		{fieldTitleEN, chainTitleEN, located},
		{fieldAlias, chainTitle, searchable},
		{fieldHead, chainTitle, searchable},
		{fieldSummary, chainText, searchable},
		{fieldBody, chainText, located | index.StoreField},
		{fieldBodyEN, chainTextEN, located},
		{fieldSuggest, chainPrefix, searchable},
		{fieldSurface, chainSurface, keyword},
		{fieldKind, chainKeyword, sorted},
		{fieldSpace, chainKeyword, sorted},
		{fieldUnit, chainKeyword, sorted},
		{fieldTag, chainKeyword, sorted},
		{fieldState, chainKeyword, sorted},
		{fieldLang, chainKeyword, keyword},
		{fieldAccess, chainKeyword, sorted},
		{fieldRank, chainKeyword, sorted},
		{fieldSortTitle, chainKeyword, sorted},
		{fieldSortUpdated, chainKeyword, sorted},
		{fieldHit, chainNone, index.StoreField},
	}
}

// absent stands for "no value" in a field with doc values.
const absent = "\x00"

// probe is analysed with every chain for the fingerprint, so that a change inside a library, too, makes a new
// version.
const probe = "Überprüfung der Größe, Genehmigung nicht genehmigen: E-Akte §\u00a012, Maße & Straße; Pru\u0308fung\u00ad. " +
	"The policies weren't applied to users' pages, running 2026-11."

// fingerprint names what an index was made with. Another fingerprint means another index.
func fingerprint(an *analysers) string {
	h := sha256.New()
	fmt.Fprintf(h, "lernraum index %d\n", mappingVersion)
	for _, f := range fields() {
		fmt.Fprintf(h, "%s %d %d\n", f.name, f.chain, f.options)
		a := an.of(f.chain)
		if a == nil {
			continue
		}
		for _, t := range a.Analyze([]byte(probe)) {
			fmt.Fprintf(h, "%s %d %d %d\n", t.Term, t.Start, t.End, t.Position)
		}
	}
	for _, list := range an.stops {
		fmt.Fprintf(h, "stop %s\n", slices.Sorted(maps.Keys(list)))
	}
	if an.splitter != nil {
		fmt.Fprintf(h, "splitter %s\n", an.splitter.Version())
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}
