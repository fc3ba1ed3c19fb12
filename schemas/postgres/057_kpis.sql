-- What a machine cannot judge of the KPI checklists: a person's word, kept with every change of it. The newest row of a line counts.
CREATE TABLE kpi_attestations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  since date NOT NULL,
  line text NOT NULL,
  met boolean NOT NULL,
  note text NOT NULL,
  attested_by text NOT NULL,
  attested_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX kpi_attestations_of_line ON kpi_attestations (since, line, id DESC);

COMMENT ON COLUMN kpi_attestations.since IS 'The day from which the checklists count';
