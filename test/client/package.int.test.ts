import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'impact-client-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const npm = (args: string[], cwd: string): string =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** A service in plain JavaScript that has nothing but the package's client. */
const service = `
import { createImpactClient } from 'impactstream/client';
import { collectorTransport } from 'impactstream/client/collector';
import { kafkaTransport } from 'impactstream/client/kafka';
import { createFlagClient } from 'impactstream/client/flags';
import { redisFlags } from 'impactstream/client/flags-redis';
import { apiFlags } from 'impactstream/client/flags-api';
const impact = createImpactClient({ source: 'service', transport: collectorTransport({ url: 'http://127.0.0.1:9', token: 't' }), closeTimeoutMs: 100 });
impact.trackLeadResponse({ tenantId: 'tenant_123', userId: 'user_456', entityId: 'lead_789', responseTimeSeconds: 25 });
await impact.close();
const flags = createFlagClient({ source: redisFlags({ url: 'redis://127.0.0.1:9/0' }) });
const enabled = flags.isEnabled('realtime_intelligence', 'tenant_123', 'user_456');
await flags.close();
console.log(JSON.stringify({ ...impact.counters(), enabled, kafka: typeof kafkaTransport, api: typeof apiFlags }));
`;

/** The same with OpenFeature, which the service installs itself. */
const openFeatureService = `
import { OpenFeature } from '@openfeature/server-sdk';
import { createFlagClient } from 'impactstream/client/flags';
import { createOpenFeatureProvider } from 'impactstream/client/openfeature';
import { exposureHook } from 'impactstream/client/openfeature-hook';
const revision = 'one.0';
const source = { load: async () => ({ revision, flags: [] }), watch() {}, close: async () => {} };
const hooks = [exposureHook({ trackExposure: () => null })];
await OpenFeature.setProviderAndWait(createOpenFeatureProvider({ flags: createFlagClient({ source }), hooks }));
console.log(JSON.stringify(await OpenFeature.getClient().getBooleanDetails('my_feature', true)));
await OpenFeature.close();
`;

describe('the package', () => {
  it('gives a service in plain JavaScript the client', () => {
    const [tarball] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], root)) as { filename: string }[];
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }');
    writeFileSync(join(folder, 'service.js'), service);
    npm(['install', '--no-audit', '--prefer-offline', '--ignore-scripts', join(folder, tarball?.filename ?? '')], folder);
    const printed = execFileSync(process.execPath, ['service.js'], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(printed)).toMatchObject({
      accepted: 1,
      undelivered: 1,
      delivered: 0,
      enabled: false,
      kafka: 'function',
      api: 'function',
    });
  });

  it('gives it a provider for the OpenFeature that it has', () => {
    symlinkSync(join(root, 'node_modules', '@openfeature'), join(folder, 'node_modules', '@openfeature'));
    writeFileSync(join(folder, 'open-feature.js'), openFeatureService);
    const printed = execFileSync(process.execPath, ['open-feature.js'], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(printed)).toMatchObject({ value: true, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' });
  });
});
