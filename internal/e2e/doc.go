// Package e2e owns the proof that the product works from end to end: it builds the binary, serves the demo and
// uses it as people do, in a real browser and over HTTP. It holds tests only and refuses to reach into other
// packages: what a person at the screen cannot see is not its business.
//
// The browser is Chromium from the search path. Where there is none its tests are skipped with a reason, unless
// the environment variable LERNRAUM_REQUIRE names chromium.
package e2e
