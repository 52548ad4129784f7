package service

import (
	"context"
	"net/http"
	"time"
)

// Check reports why a part the service needs does not work, or nil.
type Check func(ctx context.Context) error

// Health mounts /healthz: 200 when every check passes, else 503 with the reason of each that does not.
func Health(mux *http.ServeMux, checks map[string]Check) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		failing := map[string]string{}
		for name, check := range checks {
			if err := check(ctx); err != nil {
				failing[name] = err.Error()
			}
		}
		if len(failing) > 0 {
			JSON(w, http.StatusServiceUnavailable, map[string]any{"status": "unavailable", "failing": failing})
			return
		}
		JSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
}
