package main

import (
	"fmt"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// The series of a situation, for the engine to select from.
func load(lines []string) storage.Queryable {
	stored := []storage.Series{}
	for _, line := range lines {
		name, values, err := read.ParseSeriesDesc(line)
		if err != nil {
			refuse(fmt.Errorf("%s: %w", line, err))
		}
		points := []chunks.Sample{}
		for index, value := range values {
			if !value.Omitted {
				points = append(points, point{int64(index) * step.Milliseconds(), value.Value})
			}
		}
		stored = append(stored, storage.NewListSeries(name, points))
	}
	choose := func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		chosen := &seriesSet{}
		for _, series := range stored {
			if matches(series.Labels(), matchers) {
				chosen.left = append(chosen.left, series)
			}
		}
		return chosen
	}
	return &storage.MockQueryable{MockQuerier: &storage.MockQuerier{SelectMockFunction: choose}}
}

func matches(name labels.Labels, matchers []*labels.Matcher) bool {
	for _, matcher := range matchers {
		if !matcher.Matches(name.Get(matcher.Name)) {
			return false
		}
	}
	return true
}

type seriesSet struct {
	left    []storage.Series
	current storage.Series
}

func (set *seriesSet) Next() bool {
	if len(set.left) == 0 {
		return false
	}
	set.current, set.left = set.left[0], set.left[1:]
	return true
}

func (set *seriesSet) At() storage.Series                { return set.current }
func (set *seriesSet) Err() error                        { return nil }
func (set *seriesSet) Warnings() annotations.Annotations { return nil }

type point struct {
	at    int64
	value float64
}

func (p point) T() int64                      { return p.at }
func (p point) ST() int64                     { return 0 }
func (p point) F() float64                    { return p.value }
func (p point) H() *histogram.Histogram       { return nil }
func (p point) FH() *histogram.FloatHistogram { return nil }
func (p point) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (p point) Copy() chunks.Sample           { return p }
