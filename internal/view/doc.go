// Package view owns what a person sees: one struct per view, the templates that draw them, the catalogues of
// the interface in German and English, the formats of dates and numbers, and the charts as SVG. A view is drawn
// whole into a buffer or not at all. The package makes template.HTML in two places only: Body, for what package
// markup has rendered, and the charts, which it draws itself. It refuses to know requests, the database and
// who may do what: whatever a struct does not say is not shown.
package view
