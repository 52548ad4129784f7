// Reads a file of alert rules with Prometheus' own parsers and prints, as JSON, what each rule asks for.
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/common/model"
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

func main() {
	read := parser.NewParser(parser.Options{})
	groups, problems := rulefmt.ParseFile(os.Args[1], false, model.UTF8Validation, read, slog.New(slog.DiscardHandler))
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, problem)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
	rules := []rule{}
	for _, group := range groups.Groups {
		for _, one := range group.Rules {
			expression, err := read.ParseExpr(one.Expr)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			rules = append(rules, rule{Alert: one.Alert, Severity: one.Labels["severity"], Selectors: selectorsOf(expression)})
		}
	}
	json.NewEncoder(os.Stdout).Encode(rules)
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
