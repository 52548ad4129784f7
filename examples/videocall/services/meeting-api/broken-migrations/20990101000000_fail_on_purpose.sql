-- migrate:up
ALTER TABLE meetings ADD COLUMN host_id bigint REFERENCES hosts (id);

-- migrate:down
