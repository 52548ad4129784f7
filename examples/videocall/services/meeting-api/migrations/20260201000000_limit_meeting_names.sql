-- migrate:up
ALTER TABLE meetings ADD CONSTRAINT meetings_name_length CHECK (char_length(name) BETWEEN 1 AND 80);

-- migrate:down
ALTER TABLE meetings DROP CONSTRAINT meetings_name_length;
