TABLE ai_coaching_metrics
  id bigint NOT NULL IDENTITY
  date date NOT NULL
  tenant_id text NOT NULL
  coaching_sessions_delivered bigint NOT NULL DEFAULT 0
  avg_session_duration_minutes double precision
  training_hours double precision
  training_hours_saved double precision
  training_time_reduction_percentage double precision
  avg_productivity_score double precision
  performance_improvement double precision -- Points of the productivity score above the baseline of 70
  estimated_revenue_impact numeric(15,6) NOT NULL DEFAULT 0
  provenance text NOT NULL DEFAULT 'manual'::text
  calculation_version integer
  computed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT ai_coaching_metrics_coaching_sessions_delivered_check CHECK ((coaching_sessions_delivered >= 0))
  CONSTRAINT ai_coaching_metrics_pkey PRIMARY KEY (id)
  CONSTRAINT ai_coaching_metrics_provenance_check CHECK ((provenance = ANY (ARRAY['pipeline'::text, 'manual'::text])))
  CONSTRAINT ai_coaching_metrics_tenant_id_check CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 256)))
  CREATE INDEX ai_coaching_by_date ON ai_coaching_metrics USING btree (date)
  CREATE UNIQUE INDEX ai_coaching_calculated ON ai_coaching_metrics USING btree (date, tenant_id) WHERE (provenance = 'pipeline'::text)
  CREATE INDEX ai_coaching_manual ON ai_coaching_metrics USING btree (date) WHERE (provenance = 'manual'::text)
  CREATE UNIQUE INDEX ai_coaching_metrics_pkey ON ai_coaching_metrics USING btree (id)

TABLE announcements
  sequence bigint NOT NULL IDENTITY
  id text NOT NULL
  type text NOT NULL
  occurred_at timestamp with time zone NOT NULL
  tenant_id text
  data jsonb NOT NULL
  fanned_out_at timestamp with time zone
  CONSTRAINT announcements_id_check CHECK (((length(id) >= 1) AND (length(id) <= 400)))
  CONSTRAINT announcements_id_key UNIQUE (id)
  CONSTRAINT announcements_pkey PRIMARY KEY (sequence)
  CREATE INDEX announcements_done ON announcements USING btree (fanned_out_at) WHERE (fanned_out_at IS NOT NULL)
  CREATE UNIQUE INDEX announcements_id_key ON announcements USING btree (id)
  CREATE UNIQUE INDEX announcements_pkey ON announcements USING btree (sequence)
  CREATE INDEX announcements_waiting ON announcements USING btree (sequence) WHERE (fanned_out_at IS NULL)

TABLE business_impact_alerts
  id bigint NOT NULL IDENTITY
  alert_id text NOT NULL DEFAULT (gen_random_uuid())::text
  alert_type text NOT NULL -- Id of the rule
  severity text NOT NULL
  title text NOT NULL DEFAULT ''::text
  message text NOT NULL DEFAULT ''::text
  tenant_id text
  feature_id text
  metric_name text
  metric_value double precision
  threshold_value double precision
  state text NOT NULL DEFAULT 'firing'::text
  created_at timestamp with time zone NOT NULL DEFAULT now() -- When the alert opened
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  acknowledged_at timestamp with time zone
  acknowledged_by text
  resolved_at timestamp with time zone
  source text NOT NULL DEFAULT 'manual'::text
  CONSTRAINT business_impact_alerts_alert_id_key UNIQUE (alert_id)
  CONSTRAINT business_impact_alerts_pkey PRIMARY KEY (id)
  CONSTRAINT business_impact_alerts_source_check CHECK ((source = ANY (ARRAY['pipeline'::text, 'manual'::text])))
  CREATE UNIQUE INDEX business_impact_alerts_alert_id_key ON business_impact_alerts USING btree (alert_id)
  CREATE INDEX business_impact_alerts_created ON business_impact_alerts USING btree (created_at DESC)
  CREATE INDEX business_impact_alerts_open ON business_impact_alerts USING btree (severity) WHERE (resolved_at IS NULL)
  CREATE UNIQUE INDEX business_impact_alerts_pkey ON business_impact_alerts USING btree (id)

TABLE business_metrics_daily
  date date NOT NULL
  total_revenue_impact numeric(18,6) NOT NULL DEFAULT 0
  total_operating_costs numeric(18,6) NOT NULL DEFAULT 0
  net_revenue_impact numeric(18,6) GENERATED (total_revenue_impact - total_operating_costs)
  net_roi_percentage numeric GENERATED round((((total_revenue_impact - total_operating_costs) / NULLIF(GREATEST(total_operating_costs, (0)::numeric), (0)::numeric)) * (100)::numeric), 4) -- (value - costs) / costs x 100; null without costs
  target_roi_percentage numeric
  lead_intelligence_revenue numeric(18,6) NOT NULL DEFAULT 0
  property_intelligence_revenue numeric(18,6) NOT NULL DEFAULT 0
  churn_prevention_revenue numeric(18,6) NOT NULL DEFAULT 0
  ai_coaching_revenue numeric(18,6) NOT NULL DEFAULT 0
  other_revenue numeric(18,6) NOT NULL DEFAULT 0
  causal_revenue_impact numeric(18,6) -- What experiments show to be caused; null while none does
  lower_bound_revenue_impact numeric(18,6) -- Lower end of the interval that holds what was caused with probability 95 %
  manual_revenue_impact numeric(18,6) NOT NULL DEFAULT 0 -- How much of the total was entered by hand
  manual_operating_costs numeric(18,6) NOT NULL DEFAULT 0
  recurring_operating_costs numeric(18,6) NOT NULL DEFAULT 0
  websocket_latency_ms double precision
  ml_inference_latency_ms double precision
  vision_analysis_latency_ms double precision
  coaching_analysis_latency_ms double precision
  error_rate_percentage double precision
  uptime_percentage double precision
  feature_adoption_percentage double precision -- Of the feature that was used by the fewest
  active_tenants integer
  complete boolean NOT NULL DEFAULT true -- False while the day goes on
  time_zone text NOT NULL DEFAULT 'UTC'::text
  revision integer NOT NULL DEFAULT 0 -- How often the day changed after it was complete; see roi_revisions
  provenance text NOT NULL DEFAULT 'manual'::text
  calculation_version integer
  computed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT business_metrics_daily_pkey PRIMARY KEY (date)
  CONSTRAINT business_metrics_daily_provenance_check CHECK ((provenance = ANY (ARRAY['pipeline'::text, 'manual'::text])))
  CREATE UNIQUE INDEX business_metrics_daily_pkey ON business_metrics_daily USING btree (date)
  CREATE INDEX business_metrics_manual ON business_metrics_daily USING btree (date) WHERE (provenance = 'manual'::text)

TABLE churn_prevention_metrics
  id bigint NOT NULL IDENTITY
  date date NOT NULL
  tenant_id text NOT NULL
  at_risk_leads_identified bigint NOT NULL DEFAULT 0 -- Leads at risk whose outcome became known that day
  avg_churn_risk_score double precision
  stage_1_interventions bigint
  stage_2_interventions bigint
  stage_3_interventions bigint
  successful_interventions bigint
  intervention_success_rate double precision
  churn_rate_before double precision
  churn_rate_after double precision
  churns_prevented double precision -- Expected by the rate before, less those that happened
  estimated_revenue_impact numeric(15,6) NOT NULL DEFAULT 0
  provenance text NOT NULL DEFAULT 'manual'::text
  calculation_version integer
  computed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT churn_prevention_metrics_at_risk_leads_identified_check CHECK ((at_risk_leads_identified >= 0))
  CONSTRAINT churn_prevention_metrics_pkey PRIMARY KEY (id)
  CONSTRAINT churn_prevention_metrics_provenance_check CHECK ((provenance = ANY (ARRAY['pipeline'::text, 'manual'::text])))
  CONSTRAINT churn_prevention_metrics_tenant_id_check CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 256)))
  CREATE INDEX churn_prevention_by_date ON churn_prevention_metrics USING btree (date)
  CREATE UNIQUE INDEX churn_prevention_calculated ON churn_prevention_metrics USING btree (date, tenant_id) WHERE (provenance = 'pipeline'::text)
  CREATE INDEX churn_prevention_manual ON churn_prevention_metrics USING btree (date) WHERE (provenance = 'manual'::text)
  CREATE UNIQUE INDEX churn_prevention_metrics_pkey ON churn_prevention_metrics USING btree (id)

TABLE cost_charge_versions
  charge_id uuid NOT NULL
  revision integer NOT NULL
  retracted boolean NOT NULL
  category text NOT NULL
  amount_usd numeric(15,6) NOT NULL
  changed_by text NOT NULL
  changed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT cost_charge_versions_pkey PRIMARY KEY (charge_id, revision)
  CREATE UNIQUE INDEX cost_charge_versions_pkey ON cost_charge_versions USING btree (charge_id, revision)

TABLE cost_charges
  id uuid NOT NULL
  revision integer NOT NULL
  retracted boolean NOT NULL DEFAULT false
  dataset text NOT NULL -- Provider, account and billing period: what a provider delivers, and replaces, as a whole
  tenant_id text NOT NULL
  feature_id text NOT NULL
  category text NOT NULL
  charge_start timestamp with time zone NOT NULL
  charge_end timestamp with time zone NOT NULL
  zone text NOT NULL -- Whose days the charge is spread over
  amount_usd numeric(15,6) NOT NULL
  stated_amount numeric NOT NULL -- EffectiveCost in its currency, as the invoice has it
  currency text NOT NULL
  usd_rate numeric NOT NULL
  description text NOT NULL
  events_from timestamp with time zone NOT NULL -- Days before it were past the retention of raw events when they were booked: they are rows of operating_costs_daily
  due_at timestamp with time zone -- When the next event of this revision is to be sent; null: Kafka has all of them
  changed_by text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT cost_charges_category_check CHECK (((length(category) >= 1) AND (length(category) <= 64)))
  CONSTRAINT cost_charges_check CHECK ((charge_end > charge_start))
  CONSTRAINT cost_charges_pkey PRIMARY KEY (id)
  CONSTRAINT cost_charges_revision_check CHECK (((revision >= 0) AND (revision <= 16383)))
  CONSTRAINT cost_charges_tenant_id_check CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 256)))
  CREATE INDEX cost_charges_due ON cost_charges USING btree (due_at) WHERE (due_at IS NOT NULL)
  CREATE INDEX cost_charges_of_dataset ON cost_charges USING btree (dataset) WHERE (NOT retracted)
  CREATE UNIQUE INDEX cost_charges_pkey ON cost_charges USING btree (id)

TABLE deliveries
  outbox_id bigint NOT NULL
  attempt integer NOT NULL
  attempted_at timestamp with time zone NOT NULL
  outcome text NOT NULL
  status integer
  error text
  duration_ms integer NOT NULL
  CONSTRAINT deliveries_outbox_id_fkey FOREIGN KEY (outbox_id) REFERENCES outbox(id) ON DELETE CASCADE
  CONSTRAINT deliveries_outcome_check CHECK ((outcome = ANY (ARRAY['sent'::text, 'retry'::text, 'dead'::text, 'skipped'::text])))
  CONSTRAINT deliveries_pkey PRIMARY KEY (outbox_id, attempt)
  CREATE UNIQUE INDEX deliveries_pkey ON deliveries USING btree (outbox_id, attempt)

TABLE deployments
  id uuid NOT NULL
  environment text NOT NULL
  version text NOT NULL
  previous text -- The version that ran before, to which a failed deploy goes back; null: none ran
  state text NOT NULL -- running that has not ended: whoever deployed has died
  reason text NOT NULL DEFAULT ''::text
  started_by text NOT NULL
  started_at timestamp with time zone NOT NULL DEFAULT now()
  finished_at timestamp with time zone
  CONSTRAINT deployments_pkey PRIMARY KEY (id)
  CONSTRAINT deployments_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'rolled_back'::text, 'failed'::text])))
  CREATE UNIQUE INDEX deployments_pkey ON deployments USING btree (id)

TABLE flag_changes
  sequence bigint NOT NULL IDENTITY
  id uuid NOT NULL
  flag_id text NOT NULL
  feature_id text NOT NULL
  version integer NOT NULL
  kind text NOT NULL
  changed_by text NOT NULL
  reason text NOT NULL
  evidence jsonb
  before jsonb
  after jsonb
  changed_at timestamp with time zone NOT NULL
  told_at timestamp with time zone -- When the topic had acknowledged it; null: to be told
  CONSTRAINT flag_changes_kind_check CHECK ((kind = ANY (ARRAY['created'::text, 'updated'::text, 'stage_changed'::text, 'archived'::text, 'unarchived'::text, 'deleted'::text])))
  CONSTRAINT flag_changes_pkey PRIMARY KEY (id)
  CREATE INDEX flag_changes_of_flag ON flag_changes USING btree (flag_id, version DESC)
  CREATE UNIQUE INDEX flag_changes_pkey ON flag_changes USING btree (id)
  CREATE INDEX flag_changes_untold ON flag_changes USING btree (sequence) WHERE (told_at IS NULL)

TABLE flags
  id text NOT NULL
  version integer NOT NULL
  document jsonb -- The flag as JSON (src/domain/flags/flag.ts, FlagDocument); null: deleted. The row stays, so that versions of an id go on
  updated_at timestamp with time zone NOT NULL
  CONSTRAINT flags_pkey PRIMARY KEY (id)
  CONSTRAINT flags_version_check CHECK ((version > 0))
  CREATE UNIQUE INDEX flags_pkey ON flags USING btree (id)

TABLE idempotency_keys
  token_id text NOT NULL
  key text NOT NULL
  fingerprint bytea NOT NULL -- SHA-256 of method, address and body: the key belongs to this request alone
  started_at timestamp with time zone NOT NULL DEFAULT now()
  status integer -- Null: the request is being carried out, or whoever did it has died
  headers jsonb
  body text
  CONSTRAINT idempotency_keys_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255)))
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (token_id, key)
  CREATE INDEX idempotency_keys_age ON idempotency_keys USING btree (started_at)
  CREATE UNIQUE INDEX idempotency_keys_pkey ON idempotency_keys USING btree (token_id, key)

TABLE kpi_attestations
  id bigint NOT NULL IDENTITY
  since date NOT NULL -- The day from which the checklists count
  line text NOT NULL
  met boolean NOT NULL
  note text NOT NULL
  attested_by text NOT NULL
  attested_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT kpi_attestations_pkey PRIMARY KEY (id)
  CREATE INDEX kpi_attestations_of_line ON kpi_attestations USING btree (since, line, id DESC)
  CREATE UNIQUE INDEX kpi_attestations_pkey ON kpi_attestations USING btree (id)

TABLE lead_intelligence_metrics
  id bigint NOT NULL IDENTITY
  date date NOT NULL
  tenant_id text NOT NULL
  leads_processed bigint NOT NULL DEFAULT 0
  avg_response_time_minutes double precision
  avg_scoring_latency_ms double precision
  conversion_rate double precision
  conversion_rate_improvement double precision -- Share of leads converted, treatment less control; null without both
  avg_agent_productivity_score double precision
  agent_productivity_improvement double precision -- Points of the score, treatment less control; null without both
  estimated_revenue_impact numeric(15,6) NOT NULL DEFAULT 0
  provenance text NOT NULL DEFAULT 'manual'::text
  calculation_version integer
  computed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT lead_intelligence_metrics_avg_response_time_minutes_check CHECK ((avg_response_time_minutes >= (0)::double precision))
  CONSTRAINT lead_intelligence_metrics_leads_processed_check CHECK ((leads_processed >= 0))
  CONSTRAINT lead_intelligence_metrics_pkey PRIMARY KEY (id)
  CONSTRAINT lead_intelligence_metrics_provenance_check CHECK ((provenance = ANY (ARRAY['pipeline'::text, 'manual'::text])))
  CONSTRAINT lead_intelligence_metrics_tenant_id_check CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 256)))
  CREATE INDEX lead_intelligence_by_date ON lead_intelligence_metrics USING btree (date)
  CREATE UNIQUE INDEX lead_intelligence_calculated ON lead_intelligence_metrics USING btree (date, tenant_id) WHERE (provenance = 'pipeline'::text)
  CREATE INDEX lead_intelligence_manual ON lead_intelligence_metrics USING btree (date) WHERE (provenance = 'manual'::text)
  CREATE UNIQUE INDEX lead_intelligence_metrics_pkey ON lead_intelligence_metrics USING btree (id)

TABLE migrations
  name text NOT NULL
  applied_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT migrations_pkey PRIMARY KEY (name)
  CREATE UNIQUE INDEX migrations_pkey ON migrations USING btree (name)

TABLE notify_alerts
  alert_id text NOT NULL
  group_key text NOT NULL
  ordinal integer NOT NULL
  state text NOT NULL
  severity text NOT NULL
  alert jsonb NOT NULL
  told jsonb
  settled boolean NOT NULL DEFAULT false -- Resolved, and there is nothing left to tell of it
  acknowledged_at timestamp with time zone
  acknowledged_by text
  updated_at timestamp with time zone NOT NULL
  fingerprint text NOT NULL DEFAULT ''::text
  told_at timestamp with time zone
  CONSTRAINT notify_alerts_pkey PRIMARY KEY (alert_id)
  CONSTRAINT notify_alerts_state_check CHECK ((state = ANY (ARRAY['firing'::text, 'resolved'::text])))
  CREATE INDEX notify_alerts_fingerprint ON notify_alerts USING btree (fingerprint, told_at) WHERE (told_at IS NOT NULL)
  CREATE INDEX notify_alerts_firing ON notify_alerts USING btree (severity) WHERE (state = 'firing'::text)
  CREATE INDEX notify_alerts_open ON notify_alerts USING btree (group_key) WHERE (NOT settled)
  CREATE UNIQUE INDEX notify_alerts_pkey ON notify_alerts USING btree (alert_id)
  CREATE INDEX notify_alerts_settled ON notify_alerts USING btree (updated_at) WHERE settled

TABLE notify_groups
  key text NOT NULL
  state jsonb NOT NULL
  due_at timestamp with time zone
  CONSTRAINT notify_groups_pkey PRIMARY KEY (key)
  CREATE INDEX notify_groups_due ON notify_groups USING btree (due_at) WHERE (due_at IS NOT NULL)
  CREATE UNIQUE INDEX notify_groups_pkey ON notify_groups USING btree (key)

TABLE notify_positions
  topic text NOT NULL
  partition integer NOT NULL
  next_offset bigint NOT NULL
  CONSTRAINT notify_positions_pkey PRIMARY KEY (topic, partition)
  CREATE UNIQUE INDEX notify_positions_pkey ON notify_positions USING btree (topic, partition)

TABLE operating_cost_totals
  date date NOT NULL
  cost_category text NOT NULL
  provenance text NOT NULL
  amount numeric(18,6) NOT NULL
  CONSTRAINT operating_cost_totals_pkey PRIMARY KEY (date, cost_category, provenance)
  CREATE UNIQUE INDEX operating_cost_totals_pkey ON operating_cost_totals USING btree (date, cost_category, provenance)

TABLE operating_costs_daily
  id bigint NOT NULL IDENTITY
  date date NOT NULL
  cost_category text NOT NULL
  amount numeric(15,6) NOT NULL -- US dollars; credits and refunds are negative
  usage_units double precision
  description text
  currency text NOT NULL DEFAULT 'USD'::text
  tenant_id text -- Null: shared by all tenants
  feature_id text NOT NULL DEFAULT 'platform'::text -- platform: shared by all features
  provenance text NOT NULL DEFAULT 'manual'::text
  calculation_version integer
  computed_at timestamp with time zone NOT NULL DEFAULT now()
  charge_id uuid
  CONSTRAINT operating_costs_daily_cost_category_check CHECK (((length(cost_category) >= 1) AND (length(cost_category) <= 64)))
  CONSTRAINT operating_costs_daily_currency_check CHECK ((currency = 'USD'::text))
  CONSTRAINT operating_costs_daily_feature_id_check CHECK ((feature_id ~ '^[a-z][a-z0-9_]{0,63}$'::text))
  CONSTRAINT operating_costs_daily_pkey PRIMARY KEY (id)
  CONSTRAINT operating_costs_daily_provenance_check CHECK ((provenance = ANY (ARRAY['pipeline'::text, 'manual'::text, 'recurring'::text])))
  CONSTRAINT operating_costs_daily_tenant_id_check CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 256)))
  CREATE INDEX operating_costs_by_date ON operating_costs_daily USING btree (date)
  CREATE UNIQUE INDEX operating_costs_calculated ON operating_costs_daily USING btree (date, cost_category, feature_id, COALESCE(tenant_id, ''::text), provenance) WHERE (provenance <> 'manual'::text)
  CREATE UNIQUE INDEX operating_costs_daily_pkey ON operating_costs_daily USING btree (id)
  CREATE INDEX operating_costs_manual ON operating_costs_daily USING btree (date) WHERE (provenance = 'manual'::text)
  CREATE UNIQUE INDEX operating_costs_of_charge ON operating_costs_daily USING btree (charge_id, date) WHERE (charge_id IS NOT NULL)
  CREATE INDEX operating_costs_of_tenant ON operating_costs_daily USING btree (tenant_id, date)
  CREATE TRIGGER totals_deleted AFTER DELETE ON operating_costs_daily REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('operating_cost_totals')
  CREATE TRIGGER totals_inserted AFTER INSERT ON operating_costs_daily REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('operating_cost_totals')
  CREATE TRIGGER totals_truncated AFTER TRUNCATE ON operating_costs_daily FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('operating_cost_totals')
  CREATE TRIGGER totals_updated AFTER UPDATE ON operating_costs_daily REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('operating_cost_totals')

TABLE outbox
  id bigint NOT NULL IDENTITY
  key text NOT NULL
  channel text NOT NULL
  target text NOT NULL
  payload jsonb NOT NULL
  lane text -- Messages of one lane are sent one after the other in the order of their ids; null: in any order
  tenant_id text -- The only tenant that this is about; null: several, or all
  subject text NOT NULL DEFAULT ''::text -- What it is about, in a line, for the list of deliveries
  state text NOT NULL DEFAULT 'pending'::text -- dead: given up after the last attempt, or refused for good; skipped: its channel is not configured
  attempts integer NOT NULL DEFAULT 0
  not_before timestamp with time zone NOT NULL
  leased_until timestamp with time zone -- Until then one process has it; afterwards that process counts as dead, and another one sends it
  last_error text
  receipt jsonb -- What the receiver answered that later messages need, for example the time stamp of a Slack message
  created_at timestamp with time zone NOT NULL DEFAULT now()
  finished_at timestamp with time zone
  CONSTRAINT outbox_channel_check CHECK ((channel = ANY (ARRAY['pagerduty'::text, 'slack'::text, 'mail'::text, 'webhook'::text])))
  CONSTRAINT outbox_key_check CHECK (((length(key) >= 1) AND (length(key) <= 500)))
  CONSTRAINT outbox_key_key UNIQUE (key)
  CONSTRAINT outbox_pkey PRIMARY KEY (id)
  CONSTRAINT outbox_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sent'::text, 'dead'::text, 'skipped'::text])))
  CREATE INDEX outbox_due ON outbox USING btree (not_before, id) WHERE (state = 'pending'::text)
  CREATE INDEX outbox_finished ON outbox USING btree (finished_at) WHERE (state <> 'pending'::text)
  CREATE UNIQUE INDEX outbox_key_key ON outbox USING btree (key)
  CREATE INDEX outbox_lanes ON outbox USING btree (lane, id) WHERE (lane IS NOT NULL)
  CREATE UNIQUE INDEX outbox_pkey ON outbox USING btree (id)

TABLE property_intelligence_metrics
  id bigint NOT NULL IDENTITY
  date date NOT NULL
  tenant_id text NOT NULL
  properties_analyzed bigint NOT NULL DEFAULT 0
  luxury_properties_detected bigint
  avg_match_satisfaction_score double precision
  match_satisfaction_improvement double precision -- Points of the mean above the baseline of 88 %
  showings_booked bigint
  showing_rate double precision
  avg_vision_analysis_ms double precision
  estimated_revenue_impact numeric(15,6) NOT NULL DEFAULT 0
  provenance text NOT NULL DEFAULT 'manual'::text
  calculation_version integer
  computed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT property_intelligence_metrics_pkey PRIMARY KEY (id)
  CONSTRAINT property_intelligence_metrics_properties_analyzed_check CHECK ((properties_analyzed >= 0))
  CONSTRAINT property_intelligence_metrics_provenance_check CHECK ((provenance = ANY (ARRAY['pipeline'::text, 'manual'::text])))
  CONSTRAINT property_intelligence_metrics_tenant_id_check CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 256)))
  CREATE INDEX property_intelligence_by_date ON property_intelligence_metrics USING btree (date)
  CREATE UNIQUE INDEX property_intelligence_calculated ON property_intelligence_metrics USING btree (date, tenant_id) WHERE (provenance = 'pipeline'::text)
  CREATE INDEX property_intelligence_manual ON property_intelligence_metrics USING btree (date) WHERE (provenance = 'manual'::text)
  CREATE UNIQUE INDEX property_intelligence_metrics_pkey ON property_intelligence_metrics USING btree (id)

TABLE replays
  id uuid NOT NULL
  from_day date NOT NULL
  to_day date NOT NULL -- Exclusive
  tenant text -- Null: every tenant
  feature text -- Null: every feature; else the other features are copied from the active generation
  source text NOT NULL
  state text NOT NULL
  plan jsonb NOT NULL
  days_done date[] NOT NULL DEFAULT '{}'::date[]
  started_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  archive text -- SHA-256 over the digests of the archive files; null with any other source
  CONSTRAINT replays_check CHECK ((from_day < to_day))
  CONSTRAINT replays_pkey PRIMARY KEY (id)
  CONSTRAINT replays_source_check CHECK ((source = ANY (ARRAY['raw'::text, 'kafka'::text, 'archive'::text])))
  CONSTRAINT replays_state_check CHECK ((state = ANY (ARRAY['building'::text, 'done'::text, 'cancelled'::text])))
  CREATE UNIQUE INDEX one_replay_at_a_time ON replays USING btree ((true)) WHERE (state = 'building'::text)
  CREATE UNIQUE INDEX replays_pkey ON replays USING btree (id)

TABLE report_runs
  kind text NOT NULL
  date date NOT NULL -- First day of the period that the report is about, in TIME_ZONE
  outcome text NOT NULL
  due_at timestamp with time zone NOT NULL
  run_at timestamp with time zone NOT NULL
  reason text NOT NULL DEFAULT ''::text -- Why it was skipped
  CONSTRAINT report_runs_kind_check CHECK ((kind = ANY (ARRAY['daily'::text, 'weekly'::text, 'monthly'::text, 'quarterly'::text])))
  CONSTRAINT report_runs_outcome_check CHECK ((outcome = ANY (ARRAY['made'::text, 'skipped'::text])))
  CONSTRAINT report_runs_pkey PRIMARY KEY (kind, date)
  CREATE UNIQUE INDEX report_runs_pkey ON report_runs USING btree (kind, date)

TABLE report_sends
  id text NOT NULL -- kind/date for the one that the clock makes; one of its own for each that a person asks for
  kind text NOT NULL
  date date NOT NULL
  tenant_id text
  sent_by text NOT NULL
  sent_at timestamp with time zone NOT NULL
  document jsonb NOT NULL -- The report as JSON, as it was when it was sent
  outbox_keys text[] NOT NULL -- Its messages: what became of them stands in the outbox
  CONSTRAINT report_sends_kind_check CHECK ((kind = ANY (ARRAY['daily'::text, 'weekly'::text, 'monthly'::text, 'quarterly'::text])))
  CONSTRAINT report_sends_pkey PRIMARY KEY (id)
  CREATE INDEX report_sends_newest ON report_sends USING btree (sent_at DESC)
  CREATE INDEX report_sends_of_period ON report_sends USING btree (kind, date)
  CREATE UNIQUE INDEX report_sends_pkey ON report_sends USING btree (id)

TABLE restores
  id bigint NOT NULL IDENTITY
  backup text NOT NULL
  started_at timestamp with time zone NOT NULL DEFAULT now()
  finished_at timestamp with time zone
  CONSTRAINT restores_pkey PRIMARY KEY (id)
  CREATE UNIQUE INDEX restores_pkey ON restores USING btree (id)

TABLE roi_due
  date date NOT NULL
  reason text NOT NULL
  asked_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT roi_due_pkey PRIMARY KEY (date)
  CREATE UNIQUE INDEX roi_due_pkey ON roi_due USING btree (date)

TABLE roi_effects
  feature_id text NOT NULL
  as_of date NOT NULL
  from_date date NOT NULL
  metric text NOT NULL
  control_n bigint NOT NULL
  treatment_n bigint NOT NULL
  control_mean double precision NOT NULL
  lift double precision NOT NULL -- Relative difference of treatment to control by use; below zero is less, which is better of times and churn
  lift_error double precision NOT NULL
  shrunk_lift double precision NOT NULL
  shrunk_error double precision NOT NULL
  shrunk_low double precision NOT NULL -- With shrunk_high, what holds the truth with probability 95 %
  shrunk_high double precision NOT NULL
  computed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT roi_effects_pkey PRIMARY KEY (feature_id, as_of)
  CREATE INDEX roi_effects_newest ON roi_effects USING btree (feature_id, as_of DESC)
  CREATE UNIQUE INDEX roi_effects_pkey ON roi_effects USING btree (feature_id, as_of)

TABLE roi_feature_daily
  date date NOT NULL
  tenant_id text NOT NULL -- Empty: what no tenant has caused
  feature_id text NOT NULL
  usage_count bigint NOT NULL
  key_metric_n bigint NOT NULL
  key_metric_sum double precision NOT NULL
  value_usd numeric(18,6) NOT NULL
  manual_value_usd numeric(18,6) NOT NULL -- How much of value_usd was entered by hand
  direct_cost_usd numeric(18,6) NOT NULL
  shared_cost_usd numeric(18,6) NOT NULL -- The part of the tenant's own shared costs that the key of ROI_SHARED_COSTS gives the feature
  common_cost_usd numeric(18,6) NOT NULL DEFAULT 0 -- The same of what all tenants share
  causal_units double precision NOT NULL DEFAULT 0 -- What an effect of one unit is worth so often: treated uses; for satisfaction, treated years of a tenant
  CONSTRAINT roi_feature_daily_pkey PRIMARY KEY (date, tenant_id, feature_id)
  CREATE INDEX roi_feature_daily_of_tenant ON roi_feature_daily USING btree (tenant_id, date)
  CREATE UNIQUE INDEX roi_feature_daily_pkey ON roi_feature_daily USING btree (date, tenant_id, feature_id)
  CREATE TRIGGER totals_deleted AFTER DELETE ON roi_feature_daily REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('roi_feature_totals')
  CREATE TRIGGER totals_inserted AFTER INSERT ON roi_feature_daily REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('roi_feature_totals')
  CREATE TRIGGER totals_truncated AFTER TRUNCATE ON roi_feature_daily FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('roi_feature_totals')
  CREATE TRIGGER totals_updated AFTER UPDATE ON roi_feature_daily REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('roi_feature_totals')

TABLE roi_feature_totals
  date date NOT NULL
  feature_id text NOT NULL
  usage_count bigint NOT NULL
  key_metric_n bigint NOT NULL
  key_metric_sum double precision NOT NULL
  value_usd numeric(18,6) NOT NULL
  manual_value_usd numeric(18,6) NOT NULL
  direct_cost_usd numeric(18,6) NOT NULL
  shared_cost_usd numeric(18,6) NOT NULL
  common_cost_usd numeric(18,6) NOT NULL
  causal_units double precision NOT NULL
  CONSTRAINT roi_feature_totals_pkey PRIMARY KEY (date, feature_id)
  CREATE UNIQUE INDEX roi_feature_totals_pkey ON roi_feature_totals USING btree (date, feature_id)

TABLE roi_inputs
  date date NOT NULL
  fingerprint text NOT NULL
  CONSTRAINT roi_inputs_pkey PRIMARY KEY (date)
  CREATE UNIQUE INDEX roi_inputs_pkey ON roi_inputs USING btree (date)

TABLE roi_revisions
  date date NOT NULL
  revision integer NOT NULL
  reason text NOT NULL
  before jsonb NOT NULL
  after jsonb NOT NULL
  calculation_version integer NOT NULL
  changed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT roi_revisions_pkey PRIMARY KEY (date, revision)
  CONSTRAINT roi_revisions_revision_check CHECK ((revision > 0))
  CREATE INDEX roi_revisions_changed ON roi_revisions USING btree (changed_at DESC)
  CREATE UNIQUE INDEX roi_revisions_pkey ON roi_revisions USING btree (date, revision)

TABLE roi_weekly_summary
  week_start date NOT NULL -- The first of seven days; Mondays in the rows of the calculation
  week_end date GENERATED (week_start + 6)
  days_counted integer NOT NULL DEFAULT 7
  total_revenue_impact numeric(18,6) NOT NULL DEFAULT 0
  total_operating_costs numeric(18,6) NOT NULL DEFAULT 0
  net_revenue_impact numeric(18,6) GENERATED (total_revenue_impact - total_operating_costs)
  roi_percentage numeric GENERATED round((((total_revenue_impact - total_operating_costs) / NULLIF(GREATEST(total_operating_costs, (0)::numeric), (0)::numeric)) * (100)::numeric), 4)
  target_roi_percentage numeric
  causal_revenue_impact numeric(18,6)
  lower_bound_revenue_impact numeric(18,6)
  manual_revenue_impact numeric(18,6) NOT NULL DEFAULT 0
  previous_week_revenue_impact numeric(18,6)
  previous_week_roi_percentage numeric
  revenue_change_percentage numeric -- Value against the week before; null where that had none
  best_feature text
  best_feature_revenue_impact numeric(18,6)
  features jsonb NOT NULL DEFAULT '[]'::jsonb
  complete boolean NOT NULL DEFAULT true
  provenance text NOT NULL DEFAULT 'manual'::text
  calculation_version integer
  computed_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT roi_weekly_summary_days_counted_check CHECK (((days_counted >= 0) AND (days_counted <= 7)))
  CONSTRAINT roi_weekly_summary_pkey PRIMARY KEY (week_start)
  CONSTRAINT roi_weekly_summary_provenance_check CHECK ((provenance = ANY (ARRAY['pipeline'::text, 'manual'::text])))
  CREATE UNIQUE INDEX roi_weekly_summary_pkey ON roi_weekly_summary USING btree (week_start)

TABLE rollout_steps
  sequence bigint NOT NULL IDENTITY
  id uuid NOT NULL DEFAULT gen_random_uuid()
  flag_id text NOT NULL
  run integer NOT NULL
  version integer NOT NULL -- The version of the rollout that this step made: no two processes make the same one
  kind text NOT NULL
  from_stage text NOT NULL
  to_stage text NOT NULL
  made_by text NOT NULL
  reason text NOT NULL
  gates jsonb NOT NULL
  evidence jsonb
  outcome text NOT NULL -- Of the change of the flag that the step asks for; done where it asks for none
  flag_version integer NOT NULL
  made_at timestamp with time zone NOT NULL
  told_at timestamp with time zone -- When the topic of flag changes had acknowledged it. A step that changes the flag is told by that change, which names it
  CONSTRAINT rollout_steps_flag_id_version_key UNIQUE (flag_id, version)
  CONSTRAINT rollout_steps_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'pending'::text, 'overtaken'::text])))
  CONSTRAINT rollout_steps_pkey PRIMARY KEY (id)
  CREATE UNIQUE INDEX rollout_steps_flag_id_version_key ON rollout_steps USING btree (flag_id, version)
  CREATE UNIQUE INDEX rollout_steps_pkey ON rollout_steps USING btree (id)
  CREATE INDEX rollout_steps_untold ON rollout_steps USING btree (sequence) WHERE (told_at IS NULL)

TABLE rollouts
  flag_id text NOT NULL
  version integer NOT NULL -- One more with each change of plan or state; whoever changes it names the version that was seen
  run integer NOT NULL
  status text NOT NULL
  plan jsonb NOT NULL -- src/domain/rollout.ts, RolloutPlan
  state jsonb NOT NULL -- src/domain/rollout.ts, RolloutState: the status of the column, the stage, and a change of the flag that is recorded and not yet known to be in force
  evaluation jsonb -- The gates before the next stage as they were found last
  evaluated_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT rollouts_pkey PRIMARY KEY (flag_id)
  CONSTRAINT rollouts_run_check CHECK ((run > 0))
  CONSTRAINT rollouts_status_check CHECK ((status = ANY (ARRAY['planned'::text, 'running'::text, 'waiting_for_approval'::text, 'paused'::text, 'rolled_back'::text, 'complete'::text])))
  CONSTRAINT rollouts_version_check CHECK ((version > 0))
  CREATE UNIQUE INDEX rollouts_pkey ON rollouts USING btree (flag_id)

TABLE rule_versions
  rule_id text NOT NULL
  version integer NOT NULL
  definition jsonb
  changed_by text NOT NULL
  changed_at timestamp with time zone NOT NULL DEFAULT now()
  reason text NOT NULL
  tenant text NOT NULL DEFAULT ''::text
  CONSTRAINT rule_versions_pkey PRIMARY KEY (rule_id, tenant, version)
  CREATE UNIQUE INDEX rule_versions_pkey ON rule_versions USING btree (rule_id, tenant, version)

TABLE rules
  id text NOT NULL
  version integer NOT NULL
  definition jsonb NOT NULL
  enabled boolean NOT NULL
  updated_by text NOT NULL
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  tenant text NOT NULL DEFAULT ''::text
  CONSTRAINT rules_pkey PRIMARY KEY (id, tenant)
  CONSTRAINT rules_version_check CHECK ((version > 0))
  CREATE UNIQUE INDEX rules_pkey ON rules USING btree (id, tenant)

TABLE silences
  id uuid NOT NULL
  tenant_id text
  feature_id text
  rule text
  severity text
  starts_at timestamp with time zone NOT NULL
  ends_at timestamp with time zone NOT NULL
  created_by text NOT NULL
  reason text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  ended_by text
  CONSTRAINT silences_check CHECK ((starts_at <= ends_at))
  CONSTRAINT silences_pkey PRIMARY KEY (id)
  CONSTRAINT silences_severity_check CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'success'::text])))
  CREATE INDEX silences_end ON silences USING btree (ends_at)
  CREATE UNIQUE INDEX silences_pkey ON silences USING btree (id)

TABLE targets
  metric text NOT NULL
  tenant_id text NOT NULL DEFAULT ''::text
  feature_id text NOT NULL DEFAULT ''::text
  effective_from date NOT NULL
  version integer NOT NULL
  target double precision -- Null: withdrawn; what was in force before, or the default, is in force again
  warning double precision -- Null: no line of its own
  critical double precision
  set_by text NOT NULL
  set_at timestamp with time zone NOT NULL DEFAULT now()
  reason text NOT NULL
  CONSTRAINT targets_pkey PRIMARY KEY (metric, tenant_id, feature_id, effective_from, version)
  CONSTRAINT targets_version_check CHECK ((version > 0))
  CREATE UNIQUE INDEX targets_pkey ON targets USING btree (metric, tenant_id, feature_id, effective_from, version)

TABLE tokens
  id text NOT NULL -- The public part of the token, imp_<id>_<secret>: finds the row, so that the hash is compared once and in constant time
  hash bytea NOT NULL
  role text NOT NULL
  tenant_id text -- The only tenant whose rows this token sees; null: every tenant
  name text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  expires_at timestamp with time zone
  revoked_at timestamp with time zone
  CONSTRAINT tokens_hash_check CHECK ((length(hash) = 32))
  CONSTRAINT tokens_id_check CHECK ((id ~ '^[0-9a-f]{12}$'::text))
  CONSTRAINT tokens_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
  CONSTRAINT tokens_pkey PRIMARY KEY (id)
  CONSTRAINT tokens_role_check CHECK ((role = ANY (ARRAY['emitter'::text, 'viewer'::text, 'operator'::text, 'admin'::text])))
  CONSTRAINT tokens_tenant_id_check CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 256)))
  CREATE UNIQUE INDEX tokens_pkey ON tokens USING btree (id)

TABLE webhook_secrets
  webhook_id uuid NOT NULL
  kind text NOT NULL
  secret text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  expires_at timestamp with time zone -- A secret that was rotated out signs until then, beside the new one
  CONSTRAINT webhook_secrets_kind_check CHECK ((kind = ANY (ARRAY['bearer'::text, 'signing'::text])))
  CONSTRAINT webhook_secrets_pkey PRIMARY KEY (webhook_id, kind, secret)
  CONSTRAINT webhook_secrets_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks(id) ON DELETE CASCADE
  CREATE UNIQUE INDEX webhook_secrets_pkey ON webhook_secrets USING btree (webhook_id, kind, secret)

TABLE webhooks
  id uuid NOT NULL
  tenant_id text -- It hears of this tenant only; null: of everything
  url text NOT NULL
  events text[] NOT NULL
  enabled boolean NOT NULL DEFAULT true
  disabled_reason text
  created_by text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT webhooks_pkey PRIMARY KEY (id)
  CONSTRAINT webhooks_tenant_id_check CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 256)))
  CREATE UNIQUE INDEX webhooks_pkey ON webhooks USING btree (id)

VIEW business_impact_health
 WITH latest AS (
         SELECT business_metrics_daily.date,
            business_metrics_daily.total_revenue_impact,
            business_metrics_daily.total_operating_costs,
            business_metrics_daily.net_revenue_impact,
            business_metrics_daily.net_roi_percentage,
            business_metrics_daily.target_roi_percentage,
            business_metrics_daily.lead_intelligence_revenue,
            business_metrics_daily.property_intelligence_revenue,
            business_metrics_daily.churn_prevention_revenue,
            business_metrics_daily.ai_coaching_revenue,
            business_metrics_daily.other_revenue,
            business_metrics_daily.causal_revenue_impact,
            business_metrics_daily.lower_bound_revenue_impact,
            business_metrics_daily.manual_revenue_impact,
            business_metrics_daily.manual_operating_costs,
            business_metrics_daily.recurring_operating_costs,
            business_metrics_daily.websocket_latency_ms,
            business_metrics_daily.ml_inference_latency_ms,
            business_metrics_daily.vision_analysis_latency_ms,
            business_metrics_daily.coaching_analysis_latency_ms,
            business_metrics_daily.error_rate_percentage,
            business_metrics_daily.uptime_percentage,
            business_metrics_daily.feature_adoption_percentage,
            business_metrics_daily.active_tenants,
            business_metrics_daily.complete,
            business_metrics_daily.time_zone,
            business_metrics_daily.revision,
            business_metrics_daily.provenance,
            business_metrics_daily.calculation_version,
            business_metrics_daily.computed_at
           FROM business_metrics_daily
          ORDER BY business_metrics_daily.date DESC
         LIMIT 1
        ), roi AS (
         SELECT summary.roi_percentage,
            summary.target_roi_percentage
           FROM daily_roi_summary summary
             JOIN latest USING (date)
        ), open_alerts AS (
         SELECT count(*) FILTER (WHERE business_impact_alerts.severity = 'critical'::text) AS critical,
            count(*) FILTER (WHERE business_impact_alerts.severity = 'warning'::text) AS warning
           FROM business_impact_alerts
          WHERE business_impact_alerts.resolved_at IS NULL
        ), judged AS (
         SELECT latest.date,
            roi.roi_percentage,
            roi.target_roi_percentage,
            latest.feature_adoption_percentage,
            latest.error_rate_percentage,
            latest.uptime_percentage,
            latest.websocket_latency_ms,
            latest.ml_inference_latency_ms,
            latest.vision_analysis_latency_ms,
            latest.coaching_analysis_latency_ms,
            open_alerts.critical,
            open_alerts.warning,
            latest.computed_at,
                CASE
                    WHEN roi.roi_percentage IS NULL THEN NULL::integer
                    WHEN roi.roi_percentage < 200::numeric THEN 0
                    WHEN roi.roi_percentage < 500::numeric THEN 1
                    WHEN roi.roi_percentage < roi.target_roi_percentage THEN 2
                    ELSE 3
                END AS roi_grade,
                CASE
                    WHEN latest.feature_adoption_percentage IS NULL THEN NULL::integer
                    WHEN latest.feature_adoption_percentage < 40::double precision THEN 0
                    WHEN latest.feature_adoption_percentage < 60::double precision THEN 1
                    WHEN latest.feature_adoption_percentage <= 80::double precision THEN 2
                    ELSE 3
                END AS adoption_grade,
            LEAST(
                CASE
                    WHEN latest.websocket_latency_ms IS NULL THEN NULL::integer
                    WHEN latest.websocket_latency_ms > 200::double precision THEN 0
                    WHEN latest.websocket_latency_ms > 100::double precision THEN 1
                    WHEN latest.websocket_latency_ms >= 50::double precision THEN 2
                    ELSE 3
                END,
                CASE
                    WHEN latest.ml_inference_latency_ms IS NULL THEN NULL::integer
                    WHEN latest.ml_inference_latency_ms > 100::double precision THEN 0
                    WHEN latest.ml_inference_latency_ms > 70::double precision THEN 1
                    WHEN latest.ml_inference_latency_ms >= 35::double precision THEN 2
                    ELSE 3
                END,
                CASE
                    WHEN latest.vision_analysis_latency_ms IS NULL THEN NULL::integer
                    WHEN latest.vision_analysis_latency_ms > 3000::double precision THEN 0
                    WHEN latest.vision_analysis_latency_ms > 2000::double precision THEN 1
                    WHEN latest.vision_analysis_latency_ms >= 1500::double precision THEN 2
                    ELSE 3
                END,
                CASE
                    WHEN latest.coaching_analysis_latency_ms IS NULL THEN NULL::integer
                    WHEN latest.coaching_analysis_latency_ms > 5000::double precision THEN 0
                    WHEN latest.coaching_analysis_latency_ms > 3000::double precision THEN 1
                    WHEN latest.coaching_analysis_latency_ms >= 2000::double precision THEN 2
                    ELSE 3
                END,
                CASE
                    WHEN latest.error_rate_percentage IS NULL THEN NULL::integer
                    WHEN latest.error_rate_percentage > 5::double precision THEN 0
                    WHEN latest.error_rate_percentage > 2::double precision THEN 1
                    WHEN latest.error_rate_percentage >= 1::double precision THEN 2
                    ELSE 3
                END,
                CASE
                    WHEN latest.uptime_percentage IS NULL THEN NULL::integer
                    WHEN latest.uptime_percentage < 99::double precision THEN 0
                    WHEN latest.uptime_percentage < 99.5::double precision THEN 1
                    WHEN latest.uptime_percentage <= 99.9::double precision THEN 2
                    ELSE 3
                END) AS performance_grade
           FROM latest
             CROSS JOIN roi
             CROSS JOIN open_alerts
        ), words(grade, health) AS (
         VALUES (0,'critical'::text), (1,'warning'::text), (2,'good'::text), (3,'excellent'::text)
        )
 SELECT judged.date,
    COALESCE(( SELECT words.health
           FROM words
          WHERE words.grade = judged.performance_grade), 'unknown'::text) AS performance_health,
    COALESCE(( SELECT words.health
           FROM words
          WHERE words.grade = judged.roi_grade), 'unknown'::text) AS roi_health,
    COALESCE(( SELECT words.health
           FROM words
          WHERE words.grade = judged.adoption_grade), 'unknown'::text) AS adoption_health,
    COALESCE(( SELECT words.health
           FROM words
          WHERE words.grade = LEAST(judged.performance_grade, judged.roi_grade, judged.adoption_grade)), 'unknown'::text) AS overall_health,
    judged.roi_percentage,
    judged.target_roi_percentage,
    judged.feature_adoption_percentage,
    judged.error_rate_percentage,
    judged.uptime_percentage,
    judged.websocket_latency_ms,
    judged.ml_inference_latency_ms,
    judged.vision_analysis_latency_ms,
    judged.coaching_analysis_latency_ms,
    judged.critical AS open_critical_alerts,
    judged.warning AS open_warning_alerts,
    judged.computed_at
   FROM judged;

VIEW daily_roi_summary
 WITH worth AS (
         SELECT feature_performance_summary.date,
            sum(feature_performance_summary.total_revenue_impact) AS revenue,
            COALESCE(sum(feature_performance_summary.manual_revenue_impact), 0::numeric) AS manual
           FROM feature_performance_summary
          GROUP BY feature_performance_summary.date
        ), spent AS (
         SELECT cost.date,
            sum(cost.amount) AS costs,
            COALESCE(sum(cost.amount) FILTER (WHERE cost.provenance = 'manual'::text), 0::numeric) AS manual,
            COALESCE(sum(cost.amount) FILTER (WHERE cost.provenance = 'recurring'::text), 0::numeric) AS recurring
           FROM operating_costs_daily cost
          WHERE cost.provenance <> 'recurring'::text OR NOT (EXISTS ( SELECT
                   FROM operating_costs_daily "real"
                  WHERE "real".date = cost.date AND "real".cost_category = cost.cost_category AND "real".provenance <> 'recurring'::text))
          GROUP BY cost.date
        ), days AS (
         SELECT date,
                CASE
                    WHEN daily.provenance = 'manual'::text THEN daily.total_revenue_impact
                    ELSE COALESCE(worth.revenue, 0::numeric) + COALESCE(daily.other_revenue, 0::numeric)
                END AS revenue,
                CASE
                    WHEN daily.provenance = 'manual'::text THEN daily.total_operating_costs
                    ELSE COALESCE(spent.costs, 0::numeric)
                END AS costs,
                CASE
                    WHEN daily.provenance = 'manual'::text THEN daily.total_revenue_impact
                    ELSE COALESCE(worth.manual, 0::numeric)
                END AS manual_revenue,
                CASE
                    WHEN daily.provenance = 'manual'::text THEN daily.total_operating_costs
                    ELSE COALESCE(spent.manual, 0::numeric)
                END AS manual_costs,
                CASE
                    WHEN daily.provenance = 'manual'::text THEN 0::numeric
                    ELSE COALESCE(spent.recurring, 0::numeric)
                END AS recurring_costs,
            daily.target_roi_percentage,
            daily.complete,
            daily.revision,
            daily.computed_at
           FROM worth
             FULL JOIN spent USING (date)
             FULL JOIN business_metrics_daily daily USING (date)
        )
 SELECT days.date,
    days.revenue AS total_revenue_impact,
    days.costs AS total_operating_costs,
    days.revenue - days.costs AS net_revenue_impact,
    round((days.revenue - days.costs) / NULLIF(GREATEST(days.costs, 0::numeric), 0::numeric) * 100::numeric, 4) AS roi_percentage,
    COALESCE(days.target_roi_percentage, 710::numeric) AS target_roi_percentage,
    ((days.revenue - days.costs) / NULLIF(GREATEST(days.costs, 0::numeric), 0::numeric) * 100::numeric) >= COALESCE(days.target_roi_percentage, 710::numeric) AS target_met,
    days.manual_revenue AS manual_revenue_impact,
    days.manual_costs AS manual_operating_costs,
    days.recurring_costs AS recurring_operating_costs,
    COALESCE(days.complete, false) AS complete,
    COALESCE(days.revision, 0) AS revision,
    days.computed_at
   FROM days;

VIEW feature_performance_summary
 SELECT lead_intelligence_metrics.date,
    'realtime_intelligence'::text AS feature_id,
    count(DISTINCT lead_intelligence_metrics.tenant_id) AS tenants,
    sum(lead_intelligence_metrics.leads_processed) AS usage_count,
    sum(lead_intelligence_metrics.estimated_revenue_impact) AS total_revenue_impact,
    sum(lead_intelligence_metrics.estimated_revenue_impact) FILTER (WHERE lead_intelligence_metrics.provenance = 'manual'::text) AS manual_revenue_impact,
    'avg_response_time_minutes'::text AS performance_metric,
    sum(lead_intelligence_metrics.avg_response_time_minutes * lead_intelligence_metrics.leads_processed::double precision) / NULLIF(sum(lead_intelligence_metrics.leads_processed) FILTER (WHERE lead_intelligence_metrics.avg_response_time_minutes IS NOT NULL), 0::numeric)::double precision AS performance_value,
    'conversion_rate'::text AS accuracy_metric,
    sum(lead_intelligence_metrics.conversion_rate * lead_intelligence_metrics.leads_processed::double precision) / NULLIF(sum(lead_intelligence_metrics.leads_processed) FILTER (WHERE lead_intelligence_metrics.conversion_rate IS NOT NULL), 0::numeric)::double precision AS accuracy_value
   FROM lead_intelligence_metrics
  GROUP BY lead_intelligence_metrics.date
UNION ALL
 SELECT property_intelligence_metrics.date,
    'property_intelligence'::text AS feature_id,
    count(DISTINCT property_intelligence_metrics.tenant_id) AS tenants,
    sum(property_intelligence_metrics.properties_analyzed) AS usage_count,
    sum(property_intelligence_metrics.estimated_revenue_impact) AS total_revenue_impact,
    sum(property_intelligence_metrics.estimated_revenue_impact) FILTER (WHERE property_intelligence_metrics.provenance = 'manual'::text) AS manual_revenue_impact,
    'avg_match_satisfaction_score'::text AS performance_metric,
    sum(property_intelligence_metrics.avg_match_satisfaction_score * property_intelligence_metrics.properties_analyzed::double precision) / NULLIF(sum(property_intelligence_metrics.properties_analyzed) FILTER (WHERE property_intelligence_metrics.avg_match_satisfaction_score IS NOT NULL), 0::numeric)::double precision AS performance_value,
    'showing_rate'::text AS accuracy_metric,
    sum(property_intelligence_metrics.showing_rate * property_intelligence_metrics.properties_analyzed::double precision) / NULLIF(sum(property_intelligence_metrics.properties_analyzed) FILTER (WHERE property_intelligence_metrics.showing_rate IS NOT NULL), 0::numeric)::double precision AS accuracy_value
   FROM property_intelligence_metrics
  GROUP BY property_intelligence_metrics.date
UNION ALL
 SELECT churn_prevention_metrics.date,
    'churn_prevention'::text AS feature_id,
    count(DISTINCT churn_prevention_metrics.tenant_id) AS tenants,
    sum(churn_prevention_metrics.at_risk_leads_identified) AS usage_count,
    sum(churn_prevention_metrics.estimated_revenue_impact) AS total_revenue_impact,
    sum(churn_prevention_metrics.estimated_revenue_impact) FILTER (WHERE churn_prevention_metrics.provenance = 'manual'::text) AS manual_revenue_impact,
    'churn_rate_after'::text AS performance_metric,
    sum(churn_prevention_metrics.churn_rate_after * churn_prevention_metrics.at_risk_leads_identified::double precision) / NULLIF(sum(churn_prevention_metrics.at_risk_leads_identified) FILTER (WHERE churn_prevention_metrics.churn_rate_after IS NOT NULL), 0::numeric)::double precision AS performance_value,
    'intervention_success_rate'::text AS accuracy_metric,
    sum(churn_prevention_metrics.intervention_success_rate * churn_prevention_metrics.at_risk_leads_identified::double precision) / NULLIF(sum(churn_prevention_metrics.at_risk_leads_identified) FILTER (WHERE churn_prevention_metrics.intervention_success_rate IS NOT NULL), 0::numeric)::double precision AS accuracy_value
   FROM churn_prevention_metrics
  GROUP BY churn_prevention_metrics.date
UNION ALL
 SELECT ai_coaching_metrics.date,
    'ai_coaching'::text AS feature_id,
    count(DISTINCT ai_coaching_metrics.tenant_id) AS tenants,
    sum(ai_coaching_metrics.coaching_sessions_delivered) AS usage_count,
    sum(ai_coaching_metrics.estimated_revenue_impact) AS total_revenue_impact,
    sum(ai_coaching_metrics.estimated_revenue_impact) FILTER (WHERE ai_coaching_metrics.provenance = 'manual'::text) AS manual_revenue_impact,
    'avg_session_duration_minutes'::text AS performance_metric,
    sum(ai_coaching_metrics.avg_session_duration_minutes * ai_coaching_metrics.coaching_sessions_delivered::double precision) / NULLIF(sum(ai_coaching_metrics.coaching_sessions_delivered) FILTER (WHERE ai_coaching_metrics.avg_session_duration_minutes IS NOT NULL), 0::numeric)::double precision AS performance_value,
    'avg_productivity_score'::text AS accuracy_metric,
    sum(ai_coaching_metrics.avg_productivity_score * ai_coaching_metrics.coaching_sessions_delivered::double precision) / NULLIF(sum(ai_coaching_metrics.coaching_sessions_delivered) FILTER (WHERE ai_coaching_metrics.avg_productivity_score IS NOT NULL), 0::numeric)::double precision AS accuracy_value
   FROM ai_coaching_metrics
  GROUP BY ai_coaching_metrics.date;

CREATE OR REPLACE FUNCTION operating_cost_totals_of(dates date[])
 RETURNS void
 LANGUAGE sql
AS $function$
  DELETE FROM operating_cost_totals WHERE date = ANY (dates);
  INSERT INTO operating_cost_totals
  SELECT date, cost_category, provenance, sum(amount) FROM operating_costs_daily WHERE date = ANY (dates) GROUP BY date, cost_category, provenance;
$function$


CREATE OR REPLACE FUNCTION roi_feature_totals_of(dates date[])
 RETURNS void
 LANGUAGE sql
AS $function$
  DELETE FROM roi_feature_totals WHERE date = ANY (dates);
  INSERT INTO roi_feature_totals
  SELECT date, feature_id, sum(usage_count), sum(key_metric_n), sum(key_metric_sum), sum(value_usd), sum(manual_value_usd), sum(direct_cost_usd),
    sum(shared_cost_usd), sum(common_cost_usd), sum(causal_units)
  FROM roi_feature_daily WHERE date = ANY (dates) GROUP BY date, feature_id;
$function$


CREATE OR REPLACE FUNCTION totals_follow()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
  dates date[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext(current_schema() || ' ' || TG_ARGV[0]));
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('TRUNCATE %I', TG_ARGV[0]);
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    SELECT array_agg(DISTINCT date) INTO dates FROM (SELECT date FROM changed UNION ALL SELECT date FROM before) AS touched;
  ELSE
    SELECT array_agg(DISTINCT date) INTO dates FROM changed;
  END IF;
  EXECUTE format('SELECT %I($1)', TG_ARGV[0] || '_of') USING dates;
  RETURN NULL;
END $function$

