import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { COMPONENTS, type ComponentName, port, type StackLayout } from './layout.ts';

const run = promisify(execFile);

/** The repository's folder, which holds docker-compose.yml. */
export const COMPOSE_DIR = join(import.meta.dirname, '..', '..');

/** Should the components run as containers? Yes where an engine answers, unless IMPACT_STACK=local asks for processes. */
export async function engineAnswers(): Promise<boolean> {
  if (process.env['IMPACT_STACK'] === 'local') return false;
  return run('docker', ['info'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

/** Starts some of a stack's components and waits until docker-compose.yml's health checks pass. */
export async function composeUp(stack: StackLayout, components: readonly ComponentName[] = COMPONENTS): Promise<void> {
  await compose(stack, ['up', '--detach', '--wait', ...components]);
}

/** Stops one component as an outage would; its volume stays. */
export async function composeStop(stack: StackLayout, component: ComponentName, signal?: NodeJS.Signals): Promise<void> {
  await compose(stack, signal === 'SIGKILL' ? ['kill', component] : ['stop', component]);
}

/** Removes the containers, and with `wipe` their volumes. */
export async function composeDown(stack: StackLayout, wipe: boolean): Promise<void> {
  await compose(stack, ['down', ...(wipe ? ['--volumes'] : [])]);
}

async function compose(stack: StackLayout, args: readonly string[]): Promise<void> {
  const env = { ...process.env, ...composePorts(stack) };
  await run('docker', ['compose', '--project-name', `impactstream-${stack.name}`, ...args], { cwd: COMPOSE_DIR, env }).catch(
    (error: Error & { stderr?: string }) => {
      throw new Error(`docker compose ${args.join(' ')}: ${(error.stderr || error.message).trim()}`);
    },
  );
}

/** The variables by which docker-compose.yml publishes each component on the port that the layout says. */
export function composePorts(stack: StackLayout): Record<string, string> {
  const role = { kafka: 'client', registry: 'http', clickhouse: 'http', postgres: 'sql', redis: 'client' } as const;
  return Object.fromEntries(
    stack.nodes.map((node) => [`IMPACT_STACK_${node.component.toUpperCase()}_PORT`, String(port(node, role[node.component]))]),
  );
}
