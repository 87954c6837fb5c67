package auth

import "strings"

// deviceOf leaves of what a browser says about itself a family of browsers and one of systems: "firefox windows". That
// is enough to recognise one's own, and too little to follow anybody. The catalogue puts it into words.
func deviceOf(userAgent string) string {
	if len(userAgent) > 1024 {
		userAgent = userAgent[:1024]
	}
	find := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(userAgent, n[0]) {
				return n[1]
			}
		}
		return "other"
	}
	// Browsers claim to be their ancestors: the youngest name comes first.
	return find([][2]string{
		{"Edg", "edge"}, {"OPR/", "opera"}, {"SamsungBrowser", "samsung"}, {"Firefox", "firefox"}, {"FxiOS", "firefox"},
		{"CriOS", "chrome"}, {"Chrome", "chrome"}, {"Chromium", "chrome"}, {"Safari", "safari"},
	}) + " " + find([][2]string{
		{"Windows", "windows"}, {"Android", "android"}, {"iPhone", "iphone"}, {"iPad", "ipad"}, {"Macintosh", "mac"},
		{"CrOS", "chromeos"}, {"Linux", "linux"}, {"X11", "linux"},
	})
}
