// A program that tells what it can reach: `probe serve PORT…` answers by TCP and UDP on each port, `probe try TARGET…`
// tries all targets at once and prints what became of each as one JSON object.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Long enough for an answer on one machine that is busy, short for the many that never come.
const patience = 5 * time.Second

func main() {
	if len(os.Args) < 2 {
		fail("usage: probe serve PORT… | probe try TARGET…")
	}
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2:])
	case "try":
		results := try(os.Args[2:])
		if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
			fail(err.Error())
		}
	default:
		fail("unknown command " + os.Args[1])
	}
}

// serve answers until it is told to end.
func serve(ports []string) {
	handler := http.HandlerFunc(func(answer http.ResponseWriter, asked *http.Request) {
		fmt.Fprintf(answer, "probe asked by %s", asked.RemoteAddr)
	})
	for _, port := range ports {
		go func() { fail(http.ListenAndServe(":"+port, handler).Error()) }()
		go echo(port)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
}

func echo(port string) {
	socket, err := net.ListenPacket("udp", ":"+port)
	if err != nil {
		fail(err.Error())
	}
	datagram := make([]byte, 64)
	for {
		size, from, err := socket.ReadFrom(datagram)
		if err != nil {
			fail(err.Error())
		}
		_, _ = socket.WriteTo(datagram[:size], from)
	}
}

func try(targets []string) map[string]string {
	results := map[string]string{}
	var lock sync.Mutex
	var all sync.WaitGroup
	for _, target := range targets {
		all.Go(func() {
			result := outcome(target)
			lock.Lock()
			defer lock.Unlock()
			results[target] = result
		})
	}
	all.Wait()
	return results
}

// outcome is "answered", "silence" where nothing came in time, or what else became of it.
func outcome(target string) string {
	parsed, err := url.Parse(target)
	if err != nil {
		return err.Error()
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	switch parsed.Scheme {
	case "http", "https":
		err = ask(ctx, target)
	case "udp":
		err = ping(ctx, parsed.Host)
	case "dns":
		_, err = net.DefaultResolver.LookupHost(ctx, parsed.Host)
	case "postgres":
		err = greet(ctx, parsed.Host)
	case "env":
		// a URL that is a secret: named, so that it stands in no command line
		return outcome(os.Getenv(parsed.Host))
	case "file":
		_, err = os.Stat(parsed.Path)
	default:
		err = fmt.Errorf("unknown kind %q", parsed.Scheme)
	}
	return words(ctx, err)
}

func words(ctx context.Context, err error) string {
	var named *net.DNSError
	switch {
	case err == nil:
		return "answered"
	case ctx.Err() != nil || os.IsTimeout(err):
		return "silence"
	case errors.Is(err, os.ErrNotExist):
		return "absent"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.As(err, &named) && named.IsNotFound:
		return "unknown"
	default:
		return err.Error()
	}
}

// ask takes any answer for one, also that it may not be asked.
func ask(ctx context.Context, target string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func ping(ctx context.Context, address string) error {
	connection, err := connect(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("ping")); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 64))
	return err
}

// greet asks a Postgres server whether it speaks TLS, which it answers with one letter.
func greet(ctx context.Context, address string) error {
	connection, err := connect(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := connection.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
		return err
	}
	letter := make([]byte, 1)
	if _, err := io.ReadFull(connection, letter); err != nil {
		return err
	}
	if !strings.ContainsRune("SN", rune(letter[0])) {
		return fmt.Errorf("answered %q, not as Postgres does", letter)
	}
	return nil
}

func connect(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		err = connection.SetDeadline(deadline)
	}
	return connection, err
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
