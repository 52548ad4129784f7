// Package room holds what meeting-api and websocket agree on: who may enter a room, and what is said there.
package room

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Lobby is the room that every page enters.
const Lobby = "lobby"

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Message is what a room hears; it travels as JSON over NATS and WebSocket.
type Message struct {
	Type string `json:"type"` // "message" or "meeting-created"
	From string `json:"from"`
	Text string `json:"text"`
}

// Entry lets a guest into a room.
type Entry struct {
	Room  string
	Guest string
}

// Subject is the NATS subject of a room.
func Subject(room string) string { return "rooms." + room }

// Valid reports whether a room may have this name; no other name may become part of a NATS subject.
func Valid(room string) bool { return name.MatchString(room) }

type claims struct {
	jwt.RegisteredClaims
	Room string `json:"room"`
}

// Sign makes a token for an entry, good for an hour.
func Sign(secret string, entry Entry) (string, error) {
	expires := jwt.NewNumericDate(time.Now().Add(time.Hour))
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: entry.Guest, ExpiresAt: expires},
		Room:             entry.Room,
	})
	return token.SignedString([]byte(secret))
}

// Verify returns the entry of a token signed with the secret.
func Verify(secret, token string) (Entry, error) {
	var found claims
	_, err := jwt.ParseWithClaims(token, &found, func(*jwt.Token) (any, error) { return []byte(secret), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	if err != nil {
		return Entry{}, fmt.Errorf("token: %w", err)
	}
	if !Valid(found.Room) {
		return Entry{}, errors.New("token: not for a room")
	}
	return Entry{Room: found.Room, Guest: found.Subject}, nil
}
