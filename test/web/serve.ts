/** Serves the world of the dashboard's tests until it is ended, to look around in it: prints the address and a token of each role. */
import { openWorld } from './world.ts';

const env = (name: string): string => process.env[`IMPACT_TEST_${name}`] ?? '';
const endpoints = {
  kafka: env('KAFKA'),
  registry: env('REGISTRY'),
  clickhouse: env('CLICKHOUSE'),
  postgres: env('POSTGRES'),
  redis: env('REDIS'),
};
const world = await openWorld(endpoints, { days: Number(process.argv[2] ?? 30), env: { API_PORT: process.argv[3] ?? '0' } });
console.log(JSON.stringify({ url: world.url, admin: await world.token('admin'), viewer: await world.token('viewer') }));
process.once('SIGTERM', () => void world.close().then(() => process.exit()));
process.once('SIGINT', () => void world.close().then(() => process.exit()));
