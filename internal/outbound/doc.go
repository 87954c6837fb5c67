// Package outbound owns every request the house sends to others. Its client speaks to public addresses only, and to
// the destinations the operator names; it follows no redirect, asks no proxy, and bounds time, head and body of an
// answer. Addresses are checked when a connection is made, on the address it is made to: what a name meant a
// moment before does not count, so a name that changes its meaning gains nothing.
//
// It refuses to know what is fetched and why.
package outbound
