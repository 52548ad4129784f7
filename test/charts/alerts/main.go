// Reads a file of alert rules with Prometheus' own parsers. With the file alone it prints, as JSON, what each rule asks
// for; with a file of situations as well, which alerts fire in each, by Prometheus' own engine.
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

var read = parser.NewParser(parser.Options{})

func main() {
	rules := readRules(os.Args[1])
	if len(os.Args) == 2 {
		tell(describe(rules))
		return
	}
	asked, err := os.ReadFile(os.Args[2])
	if err != nil {
		refuse(err)
	}
	var situations []situation
	if err := json.Unmarshal(asked, &situations); err != nil {
		refuse(err)
	}
	fired := [][]firing{}
	for _, one := range situations {
		fired = append(fired, replay(rules, one))
	}
	tell(fired)
}

func readRules(file string) []rulefmt.Rule {
	groups, problems := rulefmt.ParseFile(file, false, model.UTF8Validation, read, slog.New(slog.DiscardHandler))
	if len(problems) > 0 {
		refuse(problems...)
	}
	rules := []rulefmt.Rule{}
	for _, group := range groups.Groups {
		rules = append(rules, group.Rules...)
	}
	return rules
}

func tell(answer any) {
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		refuse(err)
	}
}

func refuse(problems ...error) {
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, problem)
	}
	os.Exit(1)
}
