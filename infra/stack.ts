/**
 * The local stack: the one file that names every endpoint and says what "up" means. Each component's file under
 * infra/local/ holds its command line and its named check; this one brings them up, down, and tells how they are.
 */
import { rmSync } from 'node:fs';
import { composeDown, composeUp } from './local/compose.ts';
import { COMPONENTS, type ComponentName, nodesOf, type Security, type StackLayout, type StackNode, stackDir } from './local/layout.ts';
import { tryLock, withLock } from './local/lock.ts';
import { label, startNode, stopNode, takenPorts } from './local/nodes.ts';
import { components, planLayout, readLayout, runningProcess, wipe, writeLayout } from './local/state.ts';

/** Where each component listens, in the form that the configuration takes. */
export type StackEndpoints = {
  /** host:port of every broker, separated by commas */
  readonly kafka: string;
  /** URL of the Confluent-compatible API, path included */
  readonly registry: string;
  /** HTTP URL; of a cluster, that of the first shard */
  readonly clickhouse: string;
  readonly postgres: string;
  /** redis:// URL; of a cluster, that of the first master */
  readonly redis: string;
};

export type ComponentStatus = {
  readonly name: ComponentName;
  readonly node: number;
  /** undefined when the process does not run, or runs in a container */
  readonly pid: number | undefined;
  readonly endpoint: string;
  readonly up: boolean;
  /** what the check looked at and saw, or would have */
  readonly check: string;
  readonly error?: string;
};

export type StackStatus = { readonly name: string; readonly components: readonly ComponentStatus[]; readonly endpoints: StackEndpoints };

const DEFAULT_NAME = 'dev';

/** Brings a stack up and answers where it listens; does nothing where it already runs. With `security` it has no registry,
 * and the endpoints are good for host, port and path only: whoever asked for it knows the protocol and the password.
 * @throws with the reason and the end of the component's log. */
export async function stackUp(
  options: { name?: string; ports?: 'default' | 'free'; cluster?: boolean; security?: Security; onProgress?: (line: string) => void } = {},
): Promise<StackEndpoints> {
  const { name = DEFAULT_NAME, ports = 'default', cluster, security, onProgress = () => {} } = options;
  return withLock(name, async () => {
    const stack = readLayout(name) ?? (await newLayout(await planLayout(name, cluster ?? false, ports, security)));
    if (cluster !== undefined && cluster !== stack.cluster)
      throw new Error(`stack ${name} exists as ${shape(stack)}: delete it first (\`npx impact stack down --wipe --name ${name}\`)`);
    // All at once: parallel calls would race to create the network.
    if (stack.containers) await composeUp(stack);
    await startAll(stack, onProgress);
    for (const component of COMPONENTS) if (nodesOf(stack, component).length > 0) await components[component].form?.(stack);
    return endpointsOf(stack);
  });
}

/** Stops every component of a stack; with `wipe` its data goes too. Answers whether there was such a stack. */
export async function stackDown(options: { name?: string; wipe?: boolean } = {}): Promise<boolean> {
  const name = options.name ?? DEFAULT_NAME;
  return withLock(name, async () => {
    const stack = readLayout(name);
    if (stack === undefined) return false;
    // Kafka's cluster loses its quorum on the way down and would wait for it: a wipe need not be polite.
    await settleAll(stack.nodes.map((node) => stopNode(stack, node, options.wipe ? 'SIGKILL' : 'SIGTERM')));
    if (stack.containers) await composeDown(stack, options.wipe ?? false);
    if (options.wipe) wipe(stack);
    return true;
  });
}

// Beside the stack's folder, not in it: `down --wipe` deletes that.
const claimFile = (name: string): string => `${stackDir(name)}.claim`;

/** Makes a stack, there or not, this process's own until it gives it up or ends. Answers null, or the process that has it. */
export const claimStack = (name: string): number | null => tryLock(claimFile(name));

export const releaseStack = (name: string): void => rmSync(claimFile(name), { force: true });

/** Runs every component's check now.
 * @throws when no such stack was ever brought up. */
export async function stackStatus(options: { name?: string } = {}): Promise<StackStatus> {
  const stack = existing(options.name);
  const statuses = await Promise.all(stack.nodes.map((node) => statusOf(stack, node)));
  return { name: stack.name, components: statuses, endpoints: endpointsOf(stack) };
}

/** Stops one component (all its nodes, or one), as an outage would; its data stays. */
export async function stopComponent(
  name: ComponentName,
  options: { stack?: string; signal?: 'SIGTERM' | 'SIGKILL'; node?: number } = {},
): Promise<void> {
  const stack = existing(options.stack);
  await settleAll(chosen(stack, name, options.node).map((node) => stopNode(stack, node, options.signal)));
}

/** Starts a stopped component again, on the same ports and data, and waits until it is ready. */
export async function startComponent(name: ComponentName, options: { stack?: string; node?: number } = {}): Promise<void> {
  const stack = existing(options.stack);
  await settleAll(chosen(stack, name, options.node).map((node) => startNode(stack, node)));
}

/** Records a new stack once its ports are seen to be free: one that never came up leaves nothing behind. */
async function newLayout(stack: StackLayout): Promise<StackLayout> {
  const taken = (await Promise.all(stack.nodes.map((node) => takenPorts(stack, node)))).flat();
  if (taken.length > 0)
    throw new Error(`other programs listen on the usual ports (${taken.join(', ')}): end them, or use \`--ports free\``);
  writeLayout(stack);
  return stack;
}

/** Starts all nodes at once and tells when each is ready, and every two seconds which are not. */
async function startAll(stack: StackLayout, onProgress: (line: string) => void): Promise<void> {
  const pending = new Set(stack.nodes.map(label));
  const timer = setInterval(() => onProgress(`waiting for ${[...pending].join(', ')}`), 2_000);
  const startOne = async (node: StackNode): Promise<void> => {
    const seen = await startNode(stack, node);
    pending.delete(label(node));
    onProgress(`${label(node)} is ready: ${seen}`);
  };
  await settleAll(stack.nodes.map(startOne)).finally(() => clearInterval(timer));
}

async function statusOf(stack: StackLayout, node: StackNode): Promise<ComponentStatus> {
  const component = components[node.component];
  const pid = runningProcess(stack.name, node)?.pid;
  const common = { name: node.component, node: node.node, pid, endpoint: component.endpoint([node]) };
  try {
    if (pid === undefined && !stack.containers) throw new Error('its process does not run');
    return { ...common, up: true, check: await component.check(node, stack) };
  } catch (error) {
    return { ...common, up: false, check: 'failed', error: (error as Error).message };
  }
}

function endpointsOf(stack: StackLayout): StackEndpoints {
  const endpoint = (name: ComponentName): string => components[name].endpoint(nodesOf(stack, name));
  return {
    kafka: endpoint('kafka'),
    registry: endpoint('registry'),
    clickhouse: endpoint('clickhouse'),
    postgres: endpoint('postgres'),
    redis: endpoint('redis'),
  };
}

function existing(name = DEFAULT_NAME): StackLayout {
  const stack = readLayout(name);
  if (stack === undefined)
    throw new Error(
      `there is no stack ${name}: bring it up first (\`npx impact stack up${name === DEFAULT_NAME ? '' : ` --name ${name}`}\`)`,
    );
  return stack;
}

function chosen(stack: StackLayout, name: ComponentName, number: number | undefined): StackNode[] {
  const nodes = nodesOf(stack, name).filter((node) => number === undefined || node.node === number);
  if (nodes.length === 0) throw new Error(`stack ${stack.name} has no ${name} ${number}`);
  return nodes;
}

function shape(stack: StackLayout): string {
  return stack.cluster ? 'a cluster' : 'a single-node stack';
}

// Every start or stop is seen through before the first failure is told: none goes on behind the caller's back.
async function settleAll(work: Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(work)).filter((result) => result.status === 'rejected');
  if (failures.length === 1) throw failures[0]?.reason;
  if (failures.length > 1)
    throw new AggregateError(
      failures.map((failure) => failure.reason),
      failures.map((failure) => String(failure.reason.message)).join('\n'),
    );
}
