// Command ui serves the page and the configuration that the chart mounts for it.
package main

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"os"

	"videocall/internal/service"
)

//go:embed static
var static embed.FS

func main() {
	service.Main("ui", ":8080", func(_ context.Context, mux *http.ServeMux) error {
		files, err := fs.Sub(static, "static")
		if err != nil {
			return err
		}
		config := service.Env("CONFIG_FILE", "/config/config.js")
		mux.HandleFunc("GET /config.js", func(w http.ResponseWriter, _ *http.Request) { serveConfig(w, config) })
		mux.Handle("GET /", fresh(http.FileServerFS(files)))
		service.Health(mux, nil)
		return nil
	})
}

func serveConfig(w http.ResponseWriter, path string) {
	script, err := os.ReadFile(path)
	if err != nil {
		slog.Error("no configuration", "error", err.Error())
		http.Error(w, "no configuration", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if _, err := w.Write(script); err != nil {
		slog.Info("configuration not sent", "error", err.Error())
	}
}

// fresh makes a browser ask again after each update: an embedded file has no date of its own.
func fresh(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}
