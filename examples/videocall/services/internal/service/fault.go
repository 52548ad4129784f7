package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"
)

// Fault makes an image fail on purpose, so that a preview of it can be seen to fail well. It is read from FAULT,
// which the image sets: `crash-on-start`, `crash-after-ready[:<duration>]`, `migration-fails`, `wrong-commit`,
// `never-ready`, `slow-start:<duration>`, `out-of-memory`.
type fault struct {
	kind  string
	after time.Duration
}

// FaultIs reports whether the image is meant to fail in this way.
func FaultIs(kind string) bool { return os.Getenv("FAULT") == kind }

func readFault() (fault, error) {
	kind, length, timed := strings.Cut(os.Getenv("FAULT"), ":")
	result := fault{kind: kind, after: 2 * time.Second}
	switch kind {
	case "", "crash-on-start", "crash-after-ready", "migration-fails", "wrong-commit", "never-ready", "slow-start", "out-of-memory":
	default:
		return fault{}, fmt.Errorf("FAULT %q is not known", kind)
	}
	if !timed {
		return result, nil
	}
	after, err := time.ParseDuration(length)
	if err != nil {
		return fault{}, fmt.Errorf("FAULT %s: %w", kind, err)
	}
	result.after = after
	return result, nil
}

// beforeStart runs before the service listens; it waits no longer than the context.
func (f fault) beforeStart(ctx context.Context) error {
	switch f.kind {
	case "crash-on-start":
		return errors.New("crashing on purpose: FAULT=crash-on-start")
	case "never-ready":
		slog.Warn("not listening on purpose: FAULT=never-ready")
		<-ctx.Done()
	case "slow-start":
		slog.Warn("starting slowly on purpose", "for", f.after.String())
		select {
		case <-time.After(f.after):
		case <-ctx.Done():
		}
	case "out-of-memory":
		slog.Warn("taking all memory on purpose: FAULT=out-of-memory")
		for held := [][]byte{}; ctx.Err() == nil; {
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = 1
			}
			held = append(held, block)
		}
	}
	return nil
}

func (f fault) afterStart(failed chan<- error) {
	if f.kind == "crash-after-ready" {
		time.Sleep(f.after)
		failed <- errors.New("crashing on purpose: FAULT=crash-after-ready")
	}
}

func (f fault) servedCommit(commit string) string {
	if f.kind == "wrong-commit" {
		return strings.Repeat("0", 40)
	}
	return commit
}
