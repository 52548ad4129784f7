// Package connect opens what the services share: NATS and PostgreSQL.
package connect

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "github.com/lib/pq" // registers the "postgres" driver
	"github.com/nats-io/nats.go"

	"videocall/internal/service"
)

// NATS connects to NATS_URL. It returns at once and keeps trying, so that NATS may come up later or restart.
func NATS(name string) (*nats.Conn, service.Check, error) {
	server, err := service.MustEnv("NATS_URL")
	if err != nil {
		return nil, nil, err
	}
	conn, err := nats.Connect(server, nats.Name(name), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(500*time.Millisecond))
	if err != nil {
		return nil, nil, fmt.Errorf("NATS_URL: %w", err)
	}
	return conn, func(context.Context) error {
		if !conn.IsConnected() {
			return fmt.Errorf("not connected: %s", conn.Status())
		}
		return nil
	}, nil
}

// Database opens DATABASE_URL with at most the given number of connections. It does not connect yet.
func Database(connections int) (*sql.DB, error) {
	address, err := service.MustEnv("DATABASE_URL")
	if err != nil {
		return nil, err
	}
	// The parser's own message quotes the whole URL, password and all.
	if _, err := url.Parse(address); err != nil {
		return nil, errors.New("DATABASE_URL is not a URL")
	}
	db, err := sql.Open("postgres", address)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not one of PostgreSQL")
	}
	db.SetMaxOpenConns(connections)
	db.SetConnMaxIdleTime(time.Minute)
	return db, nil
}
