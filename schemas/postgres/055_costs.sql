-- Imported charges: one row for each row of an invoice. What is owed to the costs topic is decided here, in one transaction, before anything is
-- sent; so a file is booked whole or not at all, and booking it again changes nothing.
CREATE TABLE cost_charges (
  id uuid PRIMARY KEY,
  revision integer NOT NULL CHECK (revision BETWEEN 0 AND 16383),
  retracted boolean NOT NULL DEFAULT false,
  dataset text NOT NULL,
  tenant_id text NOT NULL CHECK (length(tenant_id) BETWEEN 1 AND 256),
  feature_id text NOT NULL,
  category text NOT NULL CHECK (length(category) BETWEEN 1 AND 64),
  charge_start timestamptz NOT NULL,
  charge_end timestamptz NOT NULL CHECK (charge_end > charge_start),
  zone text NOT NULL,
  amount_usd numeric(15, 6) NOT NULL,
  stated_amount numeric NOT NULL,
  currency text NOT NULL,
  usd_rate numeric NOT NULL,
  description text NOT NULL,
  events_from timestamptz NOT NULL,
  due_at timestamptz,
  changed_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX cost_charges_due ON cost_charges (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX cost_charges_of_dataset ON cost_charges (dataset) WHERE NOT retracted;

COMMENT ON COLUMN cost_charges.dataset IS 'Provider, account and billing period: what a provider delivers, and replaces, as a whole';
COMMENT ON COLUMN cost_charges.zone IS 'Whose days the charge is spread over';
COMMENT ON COLUMN cost_charges.stated_amount IS 'EffectiveCost in its currency, as the invoice has it';
COMMENT ON COLUMN cost_charges.events_from IS 'Days before it were past the retention of raw events when they were booked: they are rows of operating_costs_daily';
COMMENT ON COLUMN cost_charges.due_at IS 'When the next event of this revision is to be sent; null: Kafka has all of them';

-- The audit: one row for each revision, for ever.
CREATE TABLE cost_charge_versions (
  charge_id uuid NOT NULL,
  revision integer NOT NULL,
  retracted boolean NOT NULL,
  category text NOT NULL,
  amount_usd numeric(15, 6) NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (charge_id, revision)
);

-- Days of a charge that no event can state any more.
ALTER TABLE operating_costs_daily ADD COLUMN charge_id uuid;
CREATE UNIQUE INDEX operating_costs_of_charge ON operating_costs_daily (charge_id, date) WHERE charge_id IS NOT NULL;
