package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"

	"videocall/internal/service"
)

// migrate brings the database to the newest migration by dbmate, which reads DATABASE_URL from the environment.
func migrate(ctx context.Context) error {
	directories := []string{"--migrations-dir", service.Env("MIGRATIONS_DIR", "/migrations")}
	if service.FaultIs("migration-fails") {
		directories = append(directories, "--migrations-dir", service.Env("BROKEN_MIGRATIONS_DIR", "/broken-migrations"))
	}
	arguments := append([]string{"--no-dump-schema", "--wait", "--wait-timeout", "15s"}, directories...)
	dbmate := exec.CommandContext(ctx, service.Env("DBMATE", "/dbmate"), append(arguments, "migrate")...)
	dbmate.Stdout, dbmate.Stderr = os.Stdout, os.Stderr
	if err := dbmate.Run(); err != nil {
		return fmt.Errorf("database migration failed (dbmate: %w)", err)
	}
	slog.Info("database migrated")
	return nil
}
