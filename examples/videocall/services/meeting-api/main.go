// Command meeting-api keeps meetings in PostgreSQL and gives out the tokens with which rooms are entered.
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"videocall/internal/connect"
	"videocall/internal/room"
	"videocall/internal/service"
)

// connections stays low: old and new pod together share the few that a preview's role may hold.
const connections = 3

func main() {
	service.Main("meeting-api", ":8081", func(ctx context.Context, mux *http.ServeMux) error {
		secret, err := service.MustEnv("JWT_SECRET")
		if err != nil {
			return err
		}
		db, err := connect.Database(connections)
		if err != nil {
			return err
		}
		if err := migrate(ctx); err != nil {
			return err
		}
		conn, _, err := connect.NATS("meeting-api")
		if err != nil {
			return err
		}
		service.Health(mux, map[string]service.Check{"database": db.PingContext})
		api := api{db: db, nats: conn, secret: secret}
		mux.HandleFunc("GET /api/meetings", api.list)
		mux.HandleFunc("POST /api/meetings", api.create)
		mux.HandleFunc("GET /api/token", api.token)
		return nil
	})
}

type api struct {
	db     *sql.DB
	nats   *nats.Conn
	secret string
}

type meeting struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
}

func (a api) list(w http.ResponseWriter, r *http.Request) {
	rows, err := a.db.QueryContext(r.Context(), "SELECT id, name, created_at FROM meetings ORDER BY id DESC LIMIT 50")
	if err != nil {
		unavailable(w, err)
		return
	}
	defer rows.Close()
	meetings := []meeting{}
	for rows.Next() {
		var found meeting
		if err := rows.Scan(&found.ID, &found.Name, &found.CreatedAt); err != nil {
			unavailable(w, err)
			return
		}
		meetings = append(meetings, found)
	}
	if err := rows.Err(); err != nil {
		unavailable(w, err)
		return
	}
	service.JSON(w, http.StatusOK, meetings)
}

// create stores a meeting and tells the lobby of it.
func (a api) create(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Name string `json:"name"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&wanted); err != nil {
		service.JSON(w, http.StatusBadRequest, map[string]string{"error": `expected {"name": "..."}`})
		return
	}
	name := strings.TrimSpace(wanted.Name)
	if length := len([]rune(name)); length < 1 || length > 80 {
		service.JSON(w, http.StatusUnprocessableEntity, map[string]string{"error": "name: expected 1 to 80 characters"})
		return
	}
	created := meeting{Name: name}
	err := a.db.QueryRowContext(r.Context(), "INSERT INTO meetings (name) VALUES ($1) RETURNING id, created_at", name).
		Scan(&created.ID, &created.CreatedAt)
	if err != nil {
		unavailable(w, err)
		return
	}
	a.announce(created)
	service.JSON(w, http.StatusCreated, created)
}

// announce may fail: the row counts, the lobby sees it on its next list.
func (a api) announce(created meeting) {
	message, err := json.Marshal(room.Message{Type: "meeting-created", From: "meeting-api", Text: created.Name})
	if err == nil {
		err = a.nats.Publish(room.Subject(room.Lobby), message)
	}
	if err != nil {
		slog.Warn("meeting not announced", "error", err.Error())
	}
}

// token lets anybody into any room, under a name made up for them.
func (a api) token(w http.ResponseWriter, r *http.Request) {
	wanted := r.URL.Query().Get("room")
	if wanted == "" {
		wanted = room.Lobby
	}
	if !room.Valid(wanted) {
		service.JSON(w, http.StatusUnprocessableEntity, map[string]string{"error": "room: expected a-z, 0-9 and '-', at most 40"})
		return
	}
	guest := "guest-" + strings.ToLower(rand.Text()[:6])
	token, err := room.Sign(a.secret, room.Entry{Room: wanted, Guest: guest})
	if err != nil {
		unavailable(w, err)
		return
	}
	service.JSON(w, http.StatusOK, map[string]string{"token": token, "room": wanted, "guest": guest})
}

func unavailable(w http.ResponseWriter, err error) {
	slog.Error("request failed", "error", err.Error())
	service.JSON(w, http.StatusServiceUnavailable, map[string]string{"error": "not available, try again"})
}
