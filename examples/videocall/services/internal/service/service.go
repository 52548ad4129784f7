// Package service holds what the three services share: how they start, say their commit and health, and stop.
package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	// New requests still arrive after SIGTERM until every proxy has heard that the pod is leaving.
	drain = 3 * time.Second
	// What is under way after the drain gets this long; together they stay below the charts' grace period of 10 s.
	finish = 4 * time.Second
)

// Setup connects a service to what it needs and mounts its routes. The context ends when the service shuts down.
type Setup func(ctx context.Context, mux *http.ServeMux) error

// Main runs a service until SIGTERM or SIGINT and exits: 0 after a graceful stop, 1 after an error. It listens on
// LISTEN_ADDR, or on the given address.
func Main(name, address string, setup Setup) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("service", name, "commit", Commit()))
	if err := run(name, Env("LISTEN_ADDR", address), setup); err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
}

// Env returns an environment variable, or fallback where it is unset or empty.
func Env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// MustEnv returns an environment variable, or an error that names it.
func MustEnv(name string) (string, error) {
	if value := os.Getenv(name); value != "" {
		return value, nil
	}
	return "", fmt.Errorf("%s is not set", name)
}

// Commit is the Git commit that the image was built from.
func Commit() string { return Env("GIT_SHA", "unknown") }

// JSON answers with a status and a body.
func JSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		slog.Warn("response not written", "error", err.Error())
	}
}

func run(name, address string, setup Setup) error {
	signals, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	fault, err := readFault()
	if err != nil {
		return err
	}
	if err := fault.beforeStart(signals); err != nil {
		return err
	}
	if signals.Err() != nil {
		return nil
	}

	serving, end := context.WithCancel(context.Background())
	defer end()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		JSON(w, http.StatusOK, map[string]string{"service": name, "git_sha": fault.servedCommit(Commit())})
	})
	startedUp := context.AfterFunc(signals, end)
	if err := setup(serving, mux); err != nil {
		return err
	}
	startedUp()

	server := &http.Server{
		Addr:              address,
		Handler:           closeWhenDone(signals, allowOrigin(Env("CORS_ALLOWED_ORIGIN", ""), mux)),
		ReadHeaderTimeout: 10 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	go fault.afterStart(failed)
	slog.Info("listening", "address", server.Addr)

	select {
	case err := <-failed:
		return err
	case <-signals.Done():
	}
	slog.Info("draining")
	time.Sleep(drain)
	end()
	ctx, cancel := context.WithTimeout(context.Background(), finish)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("shutdown: %w", err)
	}
	slog.Info("stopped")
	return nil
}

// closeWhenDone tells proxies, once draining, to take another pod for their next request.
func closeWhenDone(done context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if done.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// allowOrigin lets the page of one origin call this service from a browser.
func allowOrigin(origin string, next http.Handler) http.Handler {
	if origin == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Vary", "Origin")
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
			w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
