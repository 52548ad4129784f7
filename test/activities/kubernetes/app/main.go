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

// app serve [seconds before it listens] · crash CODE · memory · slow SECONDS · dial ADDRESS… (a name without port is
// only looked up) · write LINES (of 100 bytes)
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
	case "dial":
		for _, address := range os.Args[2:] {
			fmt.Printf("%s: %s\n", address, reach(address))
		}
	case "write":
		count, _ := strconv.Atoi(os.Args[2])
		for line := 1; line <= count; line++ {
			fmt.Printf("%-99d\n", line)
		}
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

func reach(address string) string {
	if _, _, err := net.SplitHostPort(address); err != nil {
		if _, err := net.LookupHost(address); err != nil {
			return "unknown"
		}
		return "found"
	}
	connection, err := net.DialTimeout("tcp", address, 2*time.Second)
	if err != nil {
		return "away"
	}
	connection.Close()
	return "reached"
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
