// Package transfer owns the way in and out: pages as files, whole instances as folders. An import says of every
// file what became of it; an export holds everything the format can hold, and importing it into an empty
// instance gives the same pages. The package refuses to know HTTP and who may do what: wiki decides that.
package transfer

import (
	"context"
	"io"
	"log/slog"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Store is what package wiki has no use case for: reading everything, and values of KPIs.
type Store interface {
	Each(ctx context.Context, fn func(page.Page) error) error
	State(ctx context.Context) (wiki.SearchState, error)
	Spaces(ctx context.Context) ([]page.Space, error)
	Revision(ctx context.Context, scope access.Scope, id page.ID, n int) (page.Revision, error)
	Attachments(ctx context.Context, id page.ID) ([]page.Attachment, error)
	OpenAttachment(ctx context.Context, id page.ID, name string) (page.Attachment, io.ReadSeekCloser, error)
	KPIValues(ctx context.Context, id page.ID) ([]page.KPIValue, error)
	KPIVersions(ctx context.Context, id page.ID, period string) ([]page.KPIValue, error)
	SaveKPIValues(ctx context.Context, id page.ID, values []page.KPIValue) (int, error)
	Dangling(ctx context.Context, space string) ([]wiki.Dangling, error)
}

// Parts are what import and export work with.
type Parts struct {
	Wiki  *wiki.Service
	Store Store
	Kinds *kind.Set
	Files wiki.FileChecker
	Now   func() time.Time
	Log   *slog.Logger
	// Say puts a public message into words, for the report.
	Say func(errs.Message) string
}

var everything = access.Scope{All: true}

// Names in the folder of an export.
const (
	spaceFile  = "_space.yaml"
	filesFile  = "_files.yaml" // texts of attachments, in their folder
	historyDir = ".history"
	filesExt   = ".files"
	valuesExt  = ".values.csv"
)
