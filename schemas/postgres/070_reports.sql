-- Reports that the clock has made or passed over. The row is written in the transaction that puts the report into the outbox, so whoever dies in
-- between leaves either both or none, and nobody makes a report twice.
CREATE TABLE report_runs (
  kind text NOT NULL CHECK (kind IN ('daily', 'weekly', 'monthly', 'quarterly')),
  date date NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('made', 'skipped')),
  due_at timestamptz NOT NULL,
  run_at timestamptz NOT NULL,
  reason text NOT NULL DEFAULT '',
  PRIMARY KEY (kind, date)
);

COMMENT ON COLUMN report_runs.date IS 'First day of the period that the report is about, in TIME_ZONE';
COMMENT ON COLUMN report_runs.reason IS 'Why it was skipped';

-- Reports as they were sent. Later figures of the same days may differ: late events, corrections.
CREATE TABLE report_sends (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('daily', 'weekly', 'monthly', 'quarterly')),
  date date NOT NULL,
  tenant_id text,
  sent_by text NOT NULL,
  sent_at timestamptz NOT NULL,
  document jsonb NOT NULL,
  outbox_keys text[] NOT NULL
);

CREATE INDEX report_sends_newest ON report_sends (sent_at DESC);
CREATE INDEX report_sends_of_period ON report_sends (kind, date);

COMMENT ON COLUMN report_sends.id IS 'kind/date for the one that the clock makes; one of its own for each that a person asks for';
COMMENT ON COLUMN report_sends.document IS 'The report as JSON, as it was when it was sent';
COMMENT ON COLUMN report_sends.outbox_keys IS 'Its messages: what became of them stands in the outbox';
