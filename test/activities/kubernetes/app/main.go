// A program that behaves as its arguments say, for pods that must fail or succeed on purpose.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// app serve [seconds before it listens] · crash CODE · memory · sleep · done · slow SECONDS
func main() {
	for _, name := range []string{"SECRET", "MESSAGE"} {
		if value := os.Getenv(name); value != "" {
			fmt.Printf("%s is %s\n", name, value)
		}
	}
	switch os.Args[1] {
	case "serve":
		serve()
	case "crash":
		for line := 1; line <= 60; line++ {
			fmt.Printf("line %d before the crash\n", line)
		}
		code, _ := strconv.Atoi(os.Args[2])
		os.Exit(code)
	case "memory":
		fmt.Println("taking all memory")
		for held := [][]byte{}; ; {
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = 1
			}
			held = append(held, block)
		}
	case "sleep":
		wait(nil)
	case "slow":
		wait(time.After(seconds(2)))
	}
}

func serve() {
	time.Sleep(seconds(2))
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("listening")
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connection.Close()
		}
	}()
	wait(nil)
}

func seconds(argument int) time.Duration {
	if len(os.Args) <= argument {
		return 0
	}
	count, _ := strconv.Atoi(os.Args[argument])
	return time.Duration(count) * time.Second
}

func wait(until <-chan time.Time) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	select {
	case <-stop:
	case <-until:
	}
}
