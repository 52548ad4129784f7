// Command websocket relays what is said in a room to everybody in it, over NATS, so that any replica will do.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/coder/websocket"
	"github.com/nats-io/nats.go"

	"videocall/internal/connect"
	"videocall/internal/room"
	"videocall/internal/service"
)

const (
	maxMessage   = 4096 // bytes
	pingInterval = 30 * time.Second
	writeTimeout = 10 * time.Second
	backlog      = 64 // messages a slow browser may be behind before it is let go
)

func main() {
	service.Main("websocket", ":8080", func(ctx context.Context, mux *http.ServeMux) error {
		secret, err := service.MustEnv("JWT_SECRET")
		if err != nil {
			return err
		}
		conn, connected, err := connect.NATS("websocket")
		if err != nil {
			return err
		}
		checks := map[string]service.Check{"nats": connected}
		if os.Getenv("DATABASE_URL") != "" {
			db, err := connect.Database(1)
			if err != nil {
				return err
			}
			checks["database"] = db.PingContext
		}
		service.Health(mux, checks)
		relay := relay{nats: conn, secret: secret, origins: originPatterns(), ending: ctx}
		mux.HandleFunc("GET /ws", relay.enter)
		return nil
	})
}

type relay struct {
	nats    *nats.Conn
	secret  string
	origins []string
	ending  context.Context
}

// enter lets the bearer of a token into its room and stays until either side leaves.
func (r relay) enter(w http.ResponseWriter, request *http.Request) {
	entry, err := room.Verify(r.secret, request.URL.Query().Get("token"))
	if err != nil {
		service.JSON(w, http.StatusUnauthorized, map[string]string{"error": err.Error()})
		return
	}
	socket, err := websocket.Accept(w, request, &websocket.AcceptOptions{OriginPatterns: r.origins})
	if err != nil {
		slog.Info("handshake refused", "error", err.Error())
		return
	}
	defer socket.CloseNow()
	socket.SetReadLimit(maxMessage)

	heard := make(chan *nats.Msg, backlog)
	subscription, err := r.nats.ChanSubscribe(room.Subject(entry.Room), heard)
	if err != nil {
		slog.Error("not subscribed", "error", err.Error())
		socket.Close(websocket.StatusInternalError, "no connection to the room")
		return
	}
	defer subscription.Unsubscribe()

	ctx, leave := context.WithCancel(r.ending)
	defer leave()
	go func() {
		defer leave()
		r.listen(ctx, socket, entry)
	}()
	tell(ctx, socket, heard)
	if r.ending.Err() != nil {
		socket.Close(websocket.StatusGoingAway, "restarting")
	}
}

// listen publishes what the guest says, under the name the token gives them.
func (r relay) listen(ctx context.Context, socket *websocket.Conn, entry room.Entry) {
	for {
		_, data, err := socket.Read(ctx)
		if err != nil {
			return
		}
		var said room.Message
		if json.Unmarshal(data, &said) != nil || said.Text == "" {
			continue
		}
		message, err := json.Marshal(room.Message{Type: "message", From: entry.Guest, Text: said.Text})
		if err == nil {
			err = r.nats.Publish(room.Subject(entry.Room), message)
		}
		if err != nil {
			slog.Error("not relayed", "error", err.Error())
		}
	}
}

// tell passes on what the room hears and keeps the connection alive through proxies.
func tell(ctx context.Context, socket *websocket.Conn, heard <-chan *nats.Msg) {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case message := <-heard:
			err = within(ctx, func(ctx context.Context) error { return socket.Write(ctx, websocket.MessageText, message.Data) })
		case <-ping.C:
			err = within(ctx, socket.Ping)
		}
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				slog.Info("guest gone", "error", err.Error())
			}
			return
		}
	}
}

func within(ctx context.Context, step func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return step(limited)
}

// originPatterns is the host and port of the page that may connect; none means the service's own host only.
func originPatterns() []string {
	page, err := url.Parse(os.Getenv("CORS_ALLOWED_ORIGIN"))
	if err != nil || page.Host == "" {
		return nil
	}
	return []string{page.Host}
}
