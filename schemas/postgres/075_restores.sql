-- Restores from a backup. One that has begun and not ended has left the installation with some tables of the backup and some of its own:
-- it is to be given again.
CREATE TABLE restores (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  backup text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
