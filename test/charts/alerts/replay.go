package main

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/template"
)

// Rules are evaluated, and the samples of a situation stand, this far apart.
const step = time.Minute

type situation struct {
	// In Prometheus' notation for tests.
	Series  []string `json:"series"`
	Minutes int      `json:"minutes"`
}

type firing struct {
	Alert   string            `json:"alert"`
	Labels  map[string]string `json:"labels"`
	Summary string            `json:"summary"`
	// Minutes since the beginning; until is null while it fires at the end.
	From  int  `json:"from"`
	Until *int `json:"until"`
}

// Fires as Prometheus' rule manager does: a result that has been there for as long as the rule says.
func replay(rules []rulefmt.Rule, one situation) []firing {
	stored := load(one.Series)
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, Parser: read})
	fired := []firing{}
	for _, rule := range rules {
		since := map[string]int{}
		running := map[string]int{}
		for minute := range one.Minutes + 1 {
			there := map[string]bool{}
			for _, sample := range evaluate(engine, stored, rule.Expr, minute) {
				key := sample.Metric.String()
				there[key] = true
				if _, known := since[key]; !known {
					since[key] = minute
				}
				_, fires := running[key]
				if !fires && time.Duration(minute-since[key])*step >= time.Duration(rule.For) {
					running[key] = len(fired)
					fired = append(fired, firing{rule.Alert, sample.Metric.DropReserved(isName).Map(), summary(rule, sample), minute, nil})
				}
			}
			for key := range since {
				if there[key] {
					continue
				}
				delete(since, key)
				if index, fires := running[key]; fires {
					fired[index].Until = &minute
					delete(running, key)
				}
			}
		}
	}
	return fired
}

func evaluate(engine *promql.Engine, stored storage.Queryable, expression string, minute int) promql.Vector {
	query, err := engine.NewInstantQuery(context.Background(), stored, nil, expression, time.Unix(0, 0).Add(time.Duration(minute)*step))
	if err != nil {
		refuse(err)
	}
	defer query.Close()
	result, err := query.Exec(context.Background()).Vector()
	if err != nil {
		refuse(fmt.Errorf("%s: %w", expression, err))
	}
	return append(promql.Vector{}, result...)
}

func summary(rule rulefmt.Rule, sample promql.Sample) string {
	text := "{{$labels := .Labels}}{{$value := .Value}}" + rule.Annotations["summary"]
	data := template.AlertTemplateData(sample.Metric.Map(), nil, "", sample)
	expanded, err := template.NewTemplateExpander(context.Background(), text, rule.Alert, data, model.Time(0), nil, nil, nil).Expand()
	if err != nil {
		refuse(err)
	}
	return expanded
}

func isName(label string) bool { return label == labels.MetricName }
