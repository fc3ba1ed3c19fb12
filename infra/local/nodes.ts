import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeStop, composeUp } from './compose.ts';
import type { StackLayout, StackNode } from './layout.ts';
import { isFree } from './ports.ts';
import { isRunning, type StartedProcess, start, stop } from './processes.ts';
import { components, runningProcess, writeProcess } from './state.ts';

const READY_WITHIN_MS = 120_000;

/** Starts a node unless it runs, and waits until its check passes. Answers what the check saw.
 * @throws with the reason and the end of the log when it ends early or is not ready within two minutes. */
export async function startNode(stack: StackLayout, node: StackNode): Promise<string> {
  if (stack.containers) {
    await composeUp(stack, [node.component]);
    return untilReady(stack, node);
  }
  const running = runningProcess(stack.name, node);
  if (running) return untilReady(stack, node, running);
  const component = components[node.component];
  await requireFreePorts(stack, node);
  await component.prepare(node, stack);
  const started = start(component.command(node, stack), node.logFile);
  writeProcess(stack.name, node, started);
  return untilReady(stack, node, started);
}

/** Stops a node, by its component's own polite signal unless told otherwise; its data stays. */
export async function stopNode(stack: StackLayout, node: StackNode, signal?: NodeJS.Signals): Promise<void> {
  if (stack.containers) return composeStop(stack, node.component, signal);
  const running = runningProcess(stack.name, node);
  // SIGTERM means "politely", which is another signal for PostgreSQL.
  if (running) await stop(running, signal === 'SIGKILL' ? signal : components[node.component].stopSignal);
}

/** The ports of a node on which something listens, in words: "kafka on 127.0.0.1:19092". */
export async function takenPorts(stack: StackLayout, node: StackNode): Promise<string[]> {
  if (stack.containers) return [];
  const ports = await Promise.all(usedPorts(stack, node).map(async ([, number]) => ((await isFree(number)) ? [] : [number])));
  return ports.flat().map((number) => `${label(node)} on 127.0.0.1:${number}`);
}

async function requireFreePorts(stack: StackLayout, node: StackNode): Promise<void> {
  const [taken] = await takenPorts(stack, node);
  if (taken === undefined) return;
  throw new Error(
    `another program listens where this stack has ${taken}. End it, or give the stack other ports, without its data: \`npx impact stack down --wipe --name ${stack.name}\`, then \`npx impact stack up --ports free --name ${stack.name}\``,
  );
}

function usedPorts(stack: StackLayout, node: StackNode): [string, number][] {
  const unused = new Set([...(stack.cluster ? [] : ['bus', 'tcp']), ...(stack.security ? [] : ['strict'])]);
  return Object.entries(node.ports).filter(([role]) => !unused.has(role));
}

/** Waits until a node's check passes. Answers what the check saw.
 * @throws with the reason and the end of the log when it ends early or is not ready within two minutes. */
export async function untilReady(stack: StackLayout, node: StackNode, started?: StartedProcess): Promise<string> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const seen = await components[node.component].check(node, stack).catch((error: Error) => error);
    if (typeof seen === 'string') return seen;
    if (started && !isRunning(started)) throw new Error(`${label(node)} ended while starting:\n${logTail(node)}`);
    if (Date.now() > deadline)
      throw new Error(`${label(node)} is not ready after ${READY_WITHIN_MS / 1000} s: ${seen.message}\n${logTail(node)}`);
    await sleep(100);
  }
}

/** "kafka", or "kafka 2" in a cluster. */
export function label(node: StackNode): string {
  return node.node === 1 ? node.component : `${node.component} ${node.node}`;
}

function logTail(node: StackNode): string {
  const text = existsSync(node.logFile) ? readFileSync(node.logFile, 'utf8') : '';
  return `${text.trimEnd().split('\n').slice(-15).join('\n')}\n(${node.logFile})`;
}
