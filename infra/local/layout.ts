import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The five outside systems that the application talks to. */
export type ComponentName = 'kafka' | 'registry' | 'clickhouse' | 'postgres' | 'redis';

export const COMPONENTS: readonly ComponentName[] = ['kafka', 'registry', 'clickhouse', 'postgres', 'redis'];

/** One process of a stack: which component, its number (from 1), its loopback ports by role, and where its data and log live. */
export type StackNode = {
  readonly component: ComponentName;
  readonly node: number;
  readonly ports: Readonly<Record<string, number>>;
  readonly dataDir: string;
  readonly logFile: string;
};

/**
 * What makes a stack demand TLS and a password of everyone. The files are PEM; whoever asks for such a stack makes them, for 127.0.0.1.
 */
export type Security = {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The authority of the server's certificate, and of the clients' where they show one. */
  readonly caFile: string;
  readonly username: string;
  readonly password: string;
};

/** What a component needs to know about the whole stack. Written once, when the stack is first brought up. */
export type StackLayout = {
  readonly name: string;
  readonly cluster: boolean;
  /** Run by a container engine, from docker-compose.yml, instead of as our own processes. */
  readonly containers: boolean;
  /** Absent: no TLS, and no password that matters. */
  readonly security?: Security;
  readonly nodes: readonly StackNode[];
};

/** How a node's process is started. `uid` and `gid` are set when it must not run as root. */
export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
};

/**
 * One component of the local stack. `prepare` may run any number of times; `check` answers with what it saw
 * ("1 of 1 brokers") and throws with the reason while the node is not usable.
 */
export type Component = {
  readonly name: ComponentName;
  /** Port roles by their default number; node n of a cluster takes default + n - 1. */
  readonly ports: Readonly<Record<string, number>>;
  readonly clusterNodes: number;
  /** The signal that means "finish cleanly, now". */
  readonly stopSignal: NodeJS.Signals;
  prepare(node: StackNode, stack: StackLayout): Promise<void>;
  command(node: StackNode, stack: StackLayout): Command;
  check(node: StackNode, stack: StackLayout): Promise<string>;
  /** Runs once all nodes answer, when a cluster has to be formed; may run again. */
  form?(stack: StackLayout): Promise<void>;
  endpoint(nodes: readonly StackNode[]): string;
};

const root = join(import.meta.dirname, '..', '..');

/** The folder that holds a stack's state, logs and data.
 * @throws when the name could lead elsewhere. */
export function stackDir(name: string): string {
  // The folder is deleted with all that is in it.
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/i.test(name))
    throw new Error(`a stack cannot be called ${JSON.stringify(name)}: letters, digits, - and _ can be in its name`);
  return join(root, '.stack', name);
}

/** Where bootstrap.mjs unpacked a component.
 * @throws when it did not. */
export function cachedComponent(name: 'kafka' | 'registry'): string {
  const versions = JSON.parse(readFileSync(join(import.meta.dirname, 'versions.json'), 'utf8')) as Record<string, string>;
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const dir = join(cache, 'impactstream', `${name}-${versions[name]}`);
  if (!existsSync(dir)) throw new Error(`${name} is not installed: run \`npm run setup\` (it fills ${dirname(dir)})`);
  return dir;
}

/** The nodes of one component, in order of their numbers. */
export function nodesOf(stack: StackLayout, component: ComponentName): StackNode[] {
  return stack.nodes.filter((node) => node.component === component);
}

/** A port of a node by its role.
 * @throws when the stack's state lacks it. */
export function port(node: StackNode, role: string): number {
  const number = node.ports[role];
  if (number === undefined) throw new Error(`${node.component} ${node.node} has no ${role} port in its stack.json`);
  return number;
}
