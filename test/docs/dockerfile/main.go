// Reads a Dockerfile with BuildKit's own parser and prints its stages as JSON. Every warning of that parser is an error.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

type stage struct {
	Name     string   `json:"name"`
	Base     string   `json:"base"`
	Commands []string `json:"commands"`
}

type dockerfile struct {
	Arguments map[string]string `json:"arguments"`
	Stages    []stage           `json:"stages"`
}

func main() {
	read, err := readDockerfile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(read)
}

func readDockerfile(path string) (*dockerfile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		return nil, err
	}
	for _, warning := range parsed.Warnings {
		return nil, fmt.Errorf("%s: %s", warning.Location, warning.Short)
	}
	var told error
	lint := linter.New(&linter.Config{Warn: func(rule, description, url, message string, location []parser.Range) {
		told = fmt.Errorf("%s: %s", rule, message)
	}})
	stages, arguments, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		return nil, err
	}
	if told != nil {
		return nil, told
	}
	out := &dockerfile{Arguments: map[string]string{}}
	for _, argument := range arguments {
		for _, pair := range argument.Args {
			out.Arguments[pair.Key] = pair.ValueString()
		}
	}
	for _, one := range stages {
		commands := []string{}
		for _, command := range one.Commands {
			commands = append(commands, fmt.Sprintf("%s", command))
		}
		out.Stages = append(out.Stages, stage{Name: one.Name, Base: one.BaseName, Commands: commands})
	}
	return out, nil
}
