-- Ids of rules are one tenant's own: '' stands for the rules of everyone. An id that another tenant uses is not taken, so nobody learns of it.
ALTER TABLE rules ADD COLUMN tenant text NOT NULL DEFAULT '';
UPDATE rules SET tenant = coalesce(definition->>'tenant', '');
ALTER TABLE rules DROP CONSTRAINT rules_pkey, ADD PRIMARY KEY (id, tenant);

-- A rule keeps its tenant from now on; until now the newest definition says whose it is.
ALTER TABLE rule_versions ADD COLUMN tenant text NOT NULL DEFAULT '';
UPDATE rule_versions SET tenant = newest.tenant
FROM (
  SELECT DISTINCT ON (rule_id) rule_id, coalesce(definition->>'tenant', '') AS tenant
  FROM rule_versions WHERE definition IS NOT NULL ORDER BY rule_id, version DESC
) AS newest
WHERE newest.rule_id = rule_versions.rule_id;
ALTER TABLE rule_versions DROP CONSTRAINT rule_versions_pkey, ADD PRIMARY KEY (rule_id, tenant, version);
