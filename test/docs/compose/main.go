// Command compose reads compose files as docker compose does and prints the project as JSON, with the services of all
// profiles. Variables come from the arguments, NAME=value, and from nowhere else.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	log.SetFlags(0)
	var files, variables []string
	for _, argument := range os.Args[1:] {
		if strings.Contains(argument, "=") {
			variables = append(variables, argument)
		} else {
			files = append(files, argument)
		}
	}
	if len(files) == 0 {
		log.Fatal("usage: compose <file>... [NAME=value]...")
	}
	options, err := cli.NewProjectOptions(files, cli.WithEnv(variables), cli.WithProfiles([]string{"*"}))
	if err != nil {
		log.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	text, err := project.MarshalJSON()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}
