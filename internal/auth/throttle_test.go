package auth

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lernraum/internal/errs"
)

func attempt(t *throttle, now time.Time, login, network string, failed bool) error {
	done, err := t.begin(now, login, network)
	if err == nil {
		done(now, failed)
	}
	return err
}

func waitOf(t *testing.T, err error) time.Duration {
	t.Helper()
	th, ok := errors.AsType[Throttled](err)
	m, _ := errs.MessageOf(err)
	if !ok || m.Key != "auth.throttled" || m.Args["Count"] != int(th.Wait/time.Second) || th.Wait <= 0 {
		t.Fatalf("not a throttle with its waiting time: %v", err)
	}
	return th.Wait
}

func TestThrottleBudgets(t *testing.T) {
	start := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	logins := func(i int) string { return fmt.Sprint("login", i) }
	networks := func(i int) string { return fmt.Sprintf("10.0.%d.%d", i/250, i%250) }
	same := func(s string) func(int) string { return func(int) string { return s } }
	for _, c := range []struct {
		name           string
		login, network func(int) string
		allowed        int           // failures until the throttle closes
		wait           time.Duration // and how long then
	}{
		{"one login from one network", same("z2"), same("10.0.0.1"), 5, 30 * time.Second},
		{"one login from many networks", same("z2"), networks, 30, 10 * time.Second},
		{"many logins from one network", logins, same("10.0.0.1"), 60, 2 * time.Second},
	} {
		th := newThrottle()
		n := 0
		for ; n < 1000; n++ {
			if err := attempt(th, start, c.login(n), c.network(n), true); err != nil {
				if w := waitOf(t, err); w != c.wait {
					t.Errorf("%s: wait %v, want %v", c.name, w, c.wait)
				}
				break
			}
		}
		if n != c.allowed {
			t.Errorf("%s: %d attempts, want %d", c.name, n, c.allowed)
		}
		if err := attempt(th, start.Add(c.wait-time.Second), c.login(n), c.network(n), true); err == nil {
			t.Errorf("%s: opened before the waiting time was over", c.name)
		}
		if err := attempt(th, start.Add(c.wait), c.login(n), c.network(n), true); err != nil {
			t.Errorf("%s: still closed after the waiting time: %v", c.name, err)
		}
	}
}

func TestThrottleCountsFailuresOnly(t *testing.T) {
	th, now := newThrottle(), time.Now()
	for i := range 500 { // a house behind one address in the morning
		if err := attempt(th, now, fmt.Sprint("p", i), "10.1.1.1", false); err != nil {
			t.Fatalf("sign-in %d: %v", i, err)
		}
	}
}

func TestThrottleDoesNotLockOutElsewhere(t *testing.T) {
	th, now := newThrottle(), time.Now()
	for range 3600 { // an hour of guessing from one network
		_ = attempt(th, now, "z2", "198.51.100.7", true)
		now = now.Add(time.Second)
	}
	if err := attempt(th, now, "z2", "10.0.0.1", false); err != nil {
		t.Errorf("the owner of the login is locked out: %v", err)
	}
}

func TestThrottleCountsWhatIsStillBeingChecked(t *testing.T) {
	th, now := newThrottle(), time.Now()
	var open []func(time.Time, bool)
	for {
		done, err := th.begin(now, "z2", "10.0.0.1")
		if err != nil {
			break
		}
		if open = append(open, done); len(open) > 100 {
			break
		}
	}
	if len(open) != 5 {
		t.Fatalf("%d attempts at once, want 5", len(open))
	}
	for _, done := range open {
		done(now, false)
	}
	if err := attempt(th, now, "z2", "10.0.0.1", false); err != nil {
		t.Errorf("closed though none failed: %v", err)
	}
}

func TestThrottleMemoryIsBounded(t *testing.T) {
	th, now := newThrottle(), time.Now()
	th.max = 100
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 2000 {
				_ = attempt(th, now, fmt.Sprintf("g%d-%d", g, i), fmt.Sprintf("10.%d.%d.%d", g, i/250, i%250), true)
			}
		})
	}
	wg.Wait()
	if len(th.buckets) > 100 || th.order.Len() != len(th.buckets) {
		t.Errorf("%d buckets, %d in order, want at most 100", len(th.buckets), th.order.Len())
	}
}

func TestNetworkOf(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":                "192.0.2.7",
		"::ffff:192.0.2.7":         "192.0.2.7",
		"2001:db8:1:2:3:4:5:6":     "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1":     "2001:db8:1:2::/64",
		"fe80::1%eth0":             "fe80::/64",
		"":                         "",
		"@":                        "@",
		"not an address at all :)": "not an address at all :)",
	} {
		if got := networkOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
