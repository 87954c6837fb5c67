// Package api owns the JSON API: its operations, declared once, from which the checks of every request, the OpenAPI
// document and the page that explains it are made. What a declaration does not name is refused. The package calls
// use cases and decides nothing about rights itself; it knows no session: who asks says so with an API token.
package api
