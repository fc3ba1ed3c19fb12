-- What is to be sent, written in the transaction that decides it, before anything is sent. The key says what the message is, so it is enqueued once however
-- often its cause is processed, and receivers that know it (Message-ID, dedup_key, webhook-id) take it once however often it is sent.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 500),
  channel text NOT NULL CHECK (channel IN ('pagerduty', 'slack', 'mail', 'webhook')),
  target text NOT NULL,
  payload jsonb NOT NULL,
  lane text,
  tenant_id text,
  subject text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead', 'skipped')),
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL,
  leased_until timestamptz,
  last_error text,
  receipt jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);

CREATE INDEX outbox_due ON outbox (not_before, id) WHERE state = 'pending';
CREATE INDEX outbox_lanes ON outbox (lane, id) WHERE lane IS NOT NULL;
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE state <> 'pending';

COMMENT ON COLUMN outbox.lane IS 'Messages of one lane are sent one after the other in the order of their ids; null: in any order';
COMMENT ON COLUMN outbox.tenant_id IS 'The only tenant that this is about; null: several, or all';
COMMENT ON COLUMN outbox.subject IS 'What it is about, in a line, for the list of deliveries';
COMMENT ON COLUMN outbox.state IS 'dead: given up after the last attempt, or refused for good; skipped: its channel is not configured';
COMMENT ON COLUMN outbox.leased_until IS 'Until then one process has it; afterwards that process counts as dead, and another one sends it';
COMMENT ON COLUMN outbox.receipt IS 'What the receiver answered that later messages need, for example the time stamp of a Slack message';

-- The delivery log: one row for each attempt.
CREATE TABLE deliveries (
  outbox_id bigint NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  attempted_at timestamptz NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('sent', 'retry', 'dead', 'skipped')),
  status integer,
  error text,
  duration_ms integer NOT NULL,
  PRIMARY KEY (outbox_id, attempt)
);

-- Happenings for the registered webhooks. The id says what happened, so it is announced once.
CREATE TABLE announcements (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 400),
  type text NOT NULL,
  occurred_at timestamptz NOT NULL,
  tenant_id text,
  data jsonb NOT NULL,
  fanned_out_at timestamptz
);

CREATE INDEX announcements_waiting ON announcements (sequence) WHERE fanned_out_at IS NULL;
CREATE INDEX announcements_done ON announcements (fanned_out_at) WHERE fanned_out_at IS NOT NULL;

-- Webhooks that people registered.
CREATE TABLE webhooks (
  id uuid PRIMARY KEY,
  tenant_id text CHECK (length(tenant_id) BETWEEN 1 AND 256),
  url text NOT NULL,
  events text[] NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  disabled_reason text,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN webhooks.tenant_id IS 'It hears of this tenant only; null: of everything';

-- Apart from `webhooks`, so that a reader of that table needs no right to read this one. They have to be sent or signed with, so no hash would do.
CREATE TABLE webhook_secrets (
  webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('bearer', 'signing')),
  secret text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  PRIMARY KEY (webhook_id, kind, secret)
);
REVOKE ALL ON webhook_secrets FROM PUBLIC;

COMMENT ON COLUMN webhook_secrets.expires_at IS 'A secret that was rotated out signs until then, beside the new one';

-- How far each partition has been taken in: it moves in the transaction that keeps what followed from the records, so none counts twice.
CREATE TABLE notify_positions (
  topic text NOT NULL,
  partition integer NOT NULL,
  next_offset bigint NOT NULL,
  PRIMARY KEY (topic, partition)
);

-- Alerts that fire together and are told together. `state` is the group of src/domain/notify-group.ts.
CREATE TABLE notify_groups (
  key text PRIMARY KEY,
  state jsonb NOT NULL,
  due_at timestamptz
);

CREATE INDEX notify_groups_due ON notify_groups (due_at) WHERE due_at IS NOT NULL;

-- Alerts as notify knows them. `alert` is the last transition, `told` what people have been told of it.
CREATE TABLE notify_alerts (
  alert_id text PRIMARY KEY,
  group_key text NOT NULL,
  ordinal integer NOT NULL,
  state text NOT NULL CHECK (state IN ('firing', 'resolved')),
  severity text NOT NULL,
  alert jsonb NOT NULL,
  told jsonb,
  settled boolean NOT NULL DEFAULT false,
  acknowledged_at timestamptz,
  acknowledged_by text,
  updated_at timestamptz NOT NULL
);

CREATE INDEX notify_alerts_open ON notify_alerts (group_key) WHERE NOT settled;
CREATE INDEX notify_alerts_firing ON notify_alerts (severity) WHERE state = 'firing';
CREATE INDEX notify_alerts_settled ON notify_alerts (updated_at) WHERE settled;

COMMENT ON COLUMN notify_alerts.settled IS 'Resolved, and there is nothing left to tell of it';

-- Alerts that match are not told while a silence lasts. A column that is null matches everything.
CREATE TABLE silences (
  id uuid PRIMARY KEY,
  tenant_id text,
  feature_id text,
  rule text,
  severity text CHECK (severity IN ('critical', 'warning', 'success')),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  created_by text NOT NULL,
  reason text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_by text,
  CHECK (starts_at <= ends_at)
);

CREATE INDEX silences_end ON silences (ends_at);
