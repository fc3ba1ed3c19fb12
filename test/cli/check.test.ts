import { describe, expect, it } from 'vitest';
import type { System } from '../../src/cli/system.ts';
import { loadConfig } from '../../src/config.ts';
import { ImpactError } from '../../src/domain/errors.ts';
import { impact } from './terminal.ts';

const systemWith = (probes: System['probes']): Partial<System> => ({ probes, close: async () => undefined });

describe('impact check', () => {
  it('lists every fault of the configuration with what would be right, and exits with 1', async () => {
    const config = () => loadConfig({ API_PORT: 'eighty', KAFKA_TLS: 'perhaps' });
    const { status, out } = await impact('check', { config });
    expect(status).toBe(1);
    expect(out).toContain('✗ configuration  API_PORT is "eighty"');
    expect(out).toContain('→ expected a whole number from 0 to 65535');
    expect(out).toContain('KAFKA_TLS is "perhaps"');
  });

  it('says how to mend a connection that fails, and what the others answered', async () => {
    const open = async () =>
      systemWith({
        kafka: async () => '1 broker',
        postgres: async () => {
          throw new Error('connect ECONNREFUSED 127.0.0.1:1');
        },
      }) as System;
    const { status, out } = await impact('check', { open });
    expect(status).toBe(1);
    expect(out).toMatch(/✓ kafka +1 broker/);
    expect(out).toMatch(/✗ postgres +connect ECONNREFUSED.*\n +→ .*DATABASE_URL/);
  });

  it('looks at what a component holds only when the component answers, and shows it in the order of the system', async () => {
    const looked: string[] = [];
    const answers = (what: string) => async () => {
      looked.push(what);
      return 'well';
    };
    const away = async () => {
      throw new Error('away');
    };
    const probes = { kafka: away, topics: answers('topics'), postgres: answers('postgres'), schema: answers('schema') };
    const { out } = await impact('check', { open: async () => systemWith(probes) as System });
    expect(looked).toEqual(['postgres', 'schema']);
    expect([...out.matchAll(/^[✓✗] (\w+)/gm)].map(([, what]) => what)).toEqual(['configuration', 'kafka', 'postgres', 'schema']);
  });

  it('says in words what OpenSSL says in numbers, and once', async () => {
    const broken = async () => {
      const cause = new Error('write EPROTO 406D4BED:error:0A00010B:SSL routines:tls_validate:wrong version number:../deps/x.c:77:\n');
      throw new ImpactError('unavailable', `clickhouse: ${cause.message}`, { cause });
    };
    const { out } = await impact('check', { open: async () => systemWith({ clickhouse: broken }) as System });
    expect(out).toMatch(/✗ clickhouse +clickhouse: wrong version number\n +→ it speaks no TLS on this port/);
  });

  it('prints one object for scripts and exits with 0 when all is well', async () => {
    const open = async () => systemWith({ redis: async () => 'PONG' }) as System;
    const { status, out } = await impact('check --output json', { open });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      findings: [
        { what: 'configuration', ok: true },
        { what: 'redis', seen: 'PONG, without TLS' },
      ],
    });
  });
});
