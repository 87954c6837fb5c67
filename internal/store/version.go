package store

import (
	"context"
	"database/sql"
)

// SQLiteVersion tells which SQLite the driver brings; "unknown" if it cannot be asked.
func SQLiteVersion() string {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "unknown"
	}
	defer db.Close()
	var v string
	if err := db.QueryRowContext(context.Background(), "SELECT sqlite_version()").Scan(&v); err != nil {
		return "unknown"
	}
	return v
}
