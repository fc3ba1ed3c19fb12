import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { settings } from '../../src/config.ts';
import { environmentFile, environments } from '../../src/domain/deploy.ts';
import { groupName } from '../../src/domain/names.ts';
import { stages } from '../../streams/topology.ts';

const folder = fileURLToPath(new URL('../../infra/deploy/', import.meta.url));
const read = (path: string): string => readFileSync(`${folder}${path}`, 'utf8');
const names = stages.map(({ name }) => name).sort();

// biome-ignore lint/suspicious/noExplicitAny: manifests are looked into field by field, and `expect` is what checks them
type Manifest = any;

const has = (program: string): boolean => (process.env['PATH'] ?? '').split(':').some((place) => existsSync(`${place}/${program}`));
const parsed = new Map<string, Manifest[]>();
function documents(environment: string): Manifest[] {
  const known = parsed.get(environment) ?? parseAllDocuments(read(`kubernetes/rendered/${environment}.yaml`)).map((one) => one.toJS());
  parsed.set(environment, known);
  return known;
}
const of = (environment: string, kind: string): Manifest[] => documents(environment).filter((one) => one.kind === kind);

/** The schema of a kind, by which a cluster would judge it. */
async function judge(one: Manifest): Promise<void> {
  const path = `${one.apiVersion}/${one.kind}`;
  const from = one.apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda/' : 'kubernetes-models/';
  const models = (await import(`${from}${path}`)) as Record<string, new (data: object) => { validate(): void }>;
  const Model = models[one.kind];
  if (Model === undefined) throw new Error(`there is no schema of ${path}`);
  new Model(one).validate();
}

describe.each(environments)('the manifests of %s', (environment) => {
  it('are what kustomize makes of base and overlay (UPDATE_GOLDEN=1 writes them)', () => {
    if (!has('kubectl')) return;
    const made = execFileSync('kubectl', ['kustomize', `${folder}kubernetes/overlays/${environment}`], { encoding: 'utf8' });
    if (process.env['UPDATE_GOLDEN']) writeFileSync(`${folder}kubernetes/rendered/${environment}.yaml`, made);
    expect(read(`kubernetes/rendered/${environment}.yaml`)).toBe(made);
  });

  it('are valid by the schemas of Kubernetes and KEDA', async () => {
    for (const one of documents(environment)) await expect(judge(one), `${one.kind} ${one.metadata.name}`).resolves.toBeUndefined();
  });

  it('run every stage, probed where it answers, limited, without rights', () => {
    const deployments = of(environment, 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual(names.map((name) => `impact-${name}`));
    for (const { metadata, spec } of deployments) {
      const [container] = spec.template.spec.containers;
      const stage = metadata.name.replace('impact-', '');
      expect(container.args).toEqual(['run', stage]);
      expect(container.ports).toEqual([{ name: 'health', containerPort: stage === 'api' ? 8000 : 9090 }]);
      expect(container.livenessProbe.httpGet).toEqual({ path: '/health', port: 'health' });
      expect(container.readinessProbe.httpGet).toEqual({ path: '/ready', port: 'health' });
      expect(container.resources.limits.memory).toMatch(/^\d+[MG]i$/);
      expect(container.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
      expect(spec.template.spec.securityContext.runAsNonRoot).toBe(true);
      expect(spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/component': stage });
    }
  });

  it('let one pod of a stage go at a time, and the door be found', () => {
    const budgets = of(environment, 'PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels['app.kubernetes.io/component']);
    expect(budgets.sort()).toEqual(names);
    expect(of(environment, 'Service')[0].spec.selector).toEqual({ 'app.kubernetes.io/component': 'api' });
    expect(of(environment, 'Job')[0].spec.template.spec.containers[0].args).toEqual(['migrate']);
    expect(of(environment, 'NetworkPolicy')).toHaveLength(2);
  });

  it('take their settings from one map and their secrets from elsewhere', () => {
    const [map] = of(environment, 'ConfigMap');
    const known = new Map(Object.values(settings).map((one) => [one.env, one]));
    for (const [name, value] of Object.entries(map.data as Record<string, string>)) {
      expect(known.has(name), name).toBe(true);
      expect(known.get(name)?.secret, `${name} is a secret`).not.toBe(true);
      expect(() => known.get(name)?.parse(value), name).not.toThrow();
    }
    for (const { spec } of of(environment, 'Deployment'))
      expect(spec.template.spec.containers[0].envFrom).toEqual([
        { configMapRef: { name: map.metadata.name } },
        { secretRef: { name: 'impactstream-secrets' } },
      ]);
  });

  it('have settings for systemd that exist, and no secret among them', () => {
    const known = new Map(Object.values(settings).map((one) => [one.env, one]));
    const found = environmentFile(read(`settings/${environment}.env`));
    for (const [name, value] of Object.entries(found)) {
      expect(known.has(name), name).toBe(true);
      expect(known.get(name)?.secret, `${name} is a secret`).not.toBe(true);
      if (!name.endsWith('_FILE')) expect(() => known.get(name)?.parse(value), name).not.toThrow();
    }
  });
});

describe('autoscaling', () => {
  const scaled = of('production', 'ScaledObject');

  it('goes by the lag of the stage’s own group, and never beyond the partitions', () => {
    const partitions = Number(environmentFile(read('kubernetes/overlays/production/settings.env'))['KAFKA_PARTITIONS']);
    for (const { spec } of scaled) {
      const stage = spec.scaleTargetRef.name.replace('impact-', '');
      expect(names).toContain(stage);
      expect(spec.triggers[0].metadata.consumerGroup).toBe(groupName('', stage));
      expect(spec.maxReplicaCount).toBeLessThanOrEqual(partitions);
    }
  });

  it('leaves the number of members of what it scales to itself', () => {
    const targets = [...scaled, ...of('production', 'HorizontalPodAutoscaler')].map(({ spec }) => spec.scaleTargetRef.name);
    expect(targets.length).toBeGreaterThan(4);
    for (const { metadata, spec } of of('production', 'Deployment'))
      expect(spec.replicas === undefined, metadata.name).toBe(targets.includes(metadata.name));
  });
});

describe('the systemd units', () => {
  const units = readdirSync(`${folder}systemd`).filter((name) => /\.(service|timer|target)$/.test(name));

  it('are understood by systemd', () => {
    if (!has('systemd-analyze')) return;
    const instances = units.map((name) => name.replace('impact@.', 'impact@store.'));
    const env = { ...process.env, SYSTEMD_UNIT_PATH: `${folder}systemd:` };
    for (const unit of instances) execFileSync('systemd-analyze', ['verify', '--man=no', unit], { env, stdio: 'pipe' });
  });

  it('start every stage, each with a port of its own', () => {
    const files = readdirSync(`${folder}systemd/stages`);
    expect(files.sort()).toEqual(names.map((name) => `${name}.env`));
    const ports = files.map((file) => Object.values(environmentFile(read(`systemd/stages/${file}`)))[0]);
    expect(new Set(ports).size).toBe(ports.length);
    const target = read('systemd/impact.target');
    for (const name of names) expect(target).toContain(name === 'schedule' ? 'impact-schedule.service' : `impact@${name}.service`);
  });

  it('start again by themselves, may do little, and are known by the name that operators type', () => {
    expect(read('systemd/impact@.service')).toMatch(/^Restart=always$/m);
    expect(read('systemd/impact-schedule.service')).toMatch(/^Alias=phase3-roi-monitor\.service$/m);
    const common = read('systemd/impact@.service.d/common.conf');
    expect(common).toBe(read('systemd/impact-.service.d/common.conf'));
    for (const line of ['NoNewPrivileges=yes', 'ProtectSystem=strict', 'CapabilityBoundingSet=', 'User=impactstream'])
      expect(common.split('\n')).toContain(line);
  });
});

it('the image has every file that a stage reads when it starts', () => {
  const copied = [...read('Dockerfile').matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '));
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const sources = ['src', 'streams'].flatMap((place) =>
    readdirSync(`${root}${place}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith('web/'))
      .map((file) => readFileSync(`${root}${place}/${file}`, 'utf8')),
  );
  const paths = sources.flatMap((text) =>
    [...text.matchAll(/new URL\('(?:\.\.\/)+((?:infra|schemas)\/[^']*)'/g)].map(([, path = '']) => path),
  );
  const needed = paths.filter((path) => !path.startsWith('infra/deploy'));
  expect(needed.length).toBeGreaterThan(2);
  for (const path of needed)
    expect(
      copied.some((one) => path.startsWith(one)),
      path,
    ).toBe(true);
});
