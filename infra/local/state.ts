import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { clickhouse } from './clickhouse.ts';
import { engineAnswers } from './compose.ts';
import { kafka } from './kafka.ts';
import { COMPONENTS, type Component, type ComponentName, type Security, type StackLayout, type StackNode, stackDir } from './layout.ts';
import { freePorts } from './ports.ts';
import { postgres } from './postgres.ts';
import { isRunning, type StartedProcess } from './processes.ts';
import { redis } from './redis.ts';
import { registry } from './registry.ts';

export const components: Readonly<Record<ComponentName, Component>> = { kafka, registry, clickhouse, postgres, redis };

/** Reads the layout of a stack that was brought up before. */
export function readLayout(name: string): StackLayout | undefined {
  const file = layoutFile(name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StackLayout) : undefined;
}

/** Decides every node, port and folder of a new stack; writes nothing. */
export async function planLayout(name: string, cluster: boolean, ports: 'default' | 'free', security?: Security): Promise<StackLayout> {
  const nodes: StackNode[] = [];
  for (const component of COMPONENTS) {
    // This registry signs nobody in: it would need an identity provider beside it.
    if (security && component === 'registry') continue;
    for (let node = 1; node <= (cluster ? components[component].clusterNodes : 1); node++) {
      nodes.push(await planNode(name, component, node, ports));
    }
  }
  // docker-compose.yml has one node of each, and no security: all else runs as processes.
  const containers = !cluster && security === undefined && (await engineAnswers());
  return { name, cluster, containers, nodes, ...(security ? { security } : {}) };
}

/** Records the plan of a new stack, so that restarts find the same ports and folders. */
export function writeLayout(layout: StackLayout): void {
  writeWhole(layoutFile(layout.name), JSON.stringify(layout, null, 2));
}

async function planNode(name: string, component: ComponentName, node: number, ports: 'default' | 'free'): Promise<StackNode> {
  const roles = Object.entries(components[component].ports);
  const free = ports === 'free' ? await freePorts(roles.length) : [];
  return {
    component,
    node,
    ports: Object.fromEntries(roles.map(([role, preset], index) => [role, free[index] ?? defaultPort(component, preset) + node - 1])),
    dataDir: dataDir(name, component, node),
    logFile: join(stackDir(name), 'logs', `${component}-${node}.log`),
  };
}

// IMPACT_STACK_KAFKA_PORT=29092 moves all of Kafka's ports by 10,000.
function defaultPort(component: ComponentName, preset: number): number {
  const wanted = process.env[`IMPACT_STACK_${component.toUpperCase()}_PORT`];
  const first = Object.values(components[component].ports)[0] ?? preset;
  return wanted === undefined ? preset : Number(wanted) + preset - first;
}

// PostgreSQL runs as another user when we are root, and that user cannot pass a private home folder.
function dataDir(name: string, component: ComponentName, node: number): string {
  const inside = join(stackDir(name), `${component}-${node}`);
  if (component !== 'postgres' || process.getuid?.() !== 0 || isOpenToAll(dirname(inside))) return inside;
  const digest = createHash('sha256').update(inside).digest('hex').slice(0, 16);
  return join('/var/tmp', `impactstream-${digest}`);
}

function isOpenToAll(dir: string): boolean {
  for (let at = dir; at !== dirname(at); at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
  }
  return true;
}

function layoutFile(name: string): string {
  return join(stackDir(name), 'stack.json');
}

function processFile(node: StackNode, name: string): string {
  return join(stackDir(name), `${node.component}-${node.node}.pid`);
}

/** Records a node's process. A file for each node: several programs may stop and start nodes at a time. */
export function writeProcess(name: string, node: StackNode, started: StartedProcess): void {
  writeWhole(processFile(node, name), JSON.stringify(started));
}

/** The node's process, if it runs. */
export function runningProcess(name: string, node: StackNode): StartedProcess | undefined {
  const file = processFile(node, name);
  if (!existsSync(file)) return undefined;
  const started = JSON.parse(readFileSync(file, 'utf8')) as StartedProcess;
  return isRunning(started) ? started : undefined;
}

/** Deletes all that a stack has on disk. */
export function wipe(layout: StackLayout): void {
  for (const node of layout.nodes) rmSync(node.dataDir, { recursive: true, force: true });
  rmSync(stackDir(layout.name), { recursive: true, force: true });
}

function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
