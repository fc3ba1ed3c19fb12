-- Archive files as the third source of a replay. One that was begun with some files goes on with no others.
ALTER TABLE replays DROP CONSTRAINT replays_source_check;
ALTER TABLE replays ADD CONSTRAINT replays_source_check CHECK (source IN ('raw', 'kafka', 'archive'));
ALTER TABLE replays ADD COLUMN archive text;

COMMENT ON COLUMN replays.archive IS 'SHA-256 over the digests of the archive files; null with any other source';
