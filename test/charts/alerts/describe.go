package main

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

type selector struct {
	Metric string            `json:"metric"`
	Labels map[string]string `json:"labels"`
}

type rule struct {
	Alert     string     `json:"alert"`
	Severity  string     `json:"severity"`
	Selectors []selector `json:"selectors"`
}

func describe(rules []rulefmt.Rule) []rule {
	described := []rule{}
	for _, one := range rules {
		expression, err := read.ParseExpr(one.Expr)
		if err != nil {
			refuse(err)
		}
		described = append(described, rule{Alert: one.Alert, Severity: one.Labels["severity"], Selectors: selectorsOf(expression)})
	}
	return described
}

func selectorsOf(expression parser.Expr) []selector {
	found := []selector{}
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		if vector, ok := node.(*parser.VectorSelector); ok {
			asked := selector{Metric: vector.Name, Labels: map[string]string{}}
			for _, matcher := range vector.LabelMatchers {
				if matcher.Name != labels.MetricName {
					asked.Labels[matcher.Name] = matcher.Value
				}
			}
			found = append(found, asked)
		}
		return nil
	})
	return found
}
