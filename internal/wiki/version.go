package wiki

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"
)

// versionTTL bounds how long a change by another process goes unnoticed by caches.
const versionTTL = 250 * time.Millisecond

// Version names the state of everything a view can show: when it is the same, so is every view for the same
// reader. It is made for entity tags.
func (s *Service) Version(ctx context.Context) (string, error) {
	if _, _, err := s.spaceList(ctx); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); s.version == "" || now.Sub(s.versionAt) >= versionTTL || now.Before(s.versionAt) {
		st, err := s.store.State(ctx)
		if err != nil {
			return "", err
		}
		s.version = fmt.Sprintf("%s-%d-%x", st.Generation, st.Seq, s.spacesHash)
		s.versionAt = now
	}
	return s.version, nil
}

func (s *Service) forgetVersion() {
	s.mu.Lock()
	s.version = ""
	s.mu.Unlock()
}

func hashOf(v any) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%v", v)
	return h.Sum64()
}

// Changed tells that something was written beside this service, such as a value of a KPI: what is remembered of
// the store's state is asked for again.
func (s *Service) Changed() {
	s.forgetVersion()
	s.index.Changed()
}
