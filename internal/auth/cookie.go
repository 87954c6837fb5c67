package auth

// The session cookie. Package web sets it with these attributes: HttpOnly, SameSite=Lax, Path=/, no Domain, no
// Max-Age (it ends with the browser, the server ends it sooner), and Secure where the house is reached over
// https. The prefix __Host- makes browsers refuse the cookie when one of these is missing; browsers accept the
// prefix over https only, so plain http on loopback has another name.
const (
	CookieSecure = "__Host-lr"
	CookiePlain  = "lr"
	CookiePath   = "/"
)

// CookieName gives the name of the session cookie.
func CookieName(https bool) string {
	if https {
		return CookieSecure
	}
	return CookiePlain
}

// The cookie of a browser that is on its way to a provider and back; the attributes are those of the session cookie.
const (
	flowCookieSecure = "__Host-lr-way"
	flowCookiePlain  = "lr-way"
	FlowCookieAge    = 600 // seconds
)

// FlowCookieName gives the name of the cookie that binds a way to a provider and back to one browser.
func FlowCookieName(https bool) string {
	if https {
		return flowCookieSecure
	}
	return flowCookiePlain
}
