// Package archtest holds the tests of the house itself: which package may import which, who owns a third-party
// library, and the habits a reader may rely on anywhere in the tree (docs/ARCHITECTURE.md). It has no code of its
// own. A rule that is in the way is changed here, in the open, with its reason beside it; it is never worked around.
package archtest
