package view

import (
	"time"
)

// ChartData is a time series to draw. Points are in the order of time; Label is the period as a person reads
// it. Title names the series, Desc says in words what it shows: both are part of the picture.
type ChartData struct {
	Title  string
	Desc   string
	Unit   string
	Lang   string
	Points []ChartPoint
	Target []TargetStep // empty: no target
	Marks  []ChartMark
	ID     string // prefix of the ids in the picture, unique on the page; "" is "chart"
}

// ChartPoint is one value. A provisional one is drawn as an open circle.
type ChartPoint struct {
	Label       string
	T           time.Time
	Value       float64
	Provisional bool
}

// TargetStep is a target that holds from a time on. A zero From holds from the first point.
type TargetStep struct {
	From  time.Time
	Value float64
}

// ChartMark is something that happened; it is drawn with its number, the labels stand in a list beside.
type ChartMark struct {
	T     time.Time
	Label string
	URL   string
}
