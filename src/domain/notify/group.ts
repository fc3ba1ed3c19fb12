/** A group of alerts that are told together: what its members are, and when it has to be looked at. */
import type { Transition } from '../alert.ts';
import type { Severity } from '../rule.ts';
import type { Route } from './routing.ts';

/** Times in milliseconds since 1970. */
export type Group = {
  key: string;
  /** The alert with which the present episode began: it lasts while people believe that something fires. Null between episodes. */
  episode: string | null;
  /** The last message about the group's alerts. */
  toldAt: number | null;
  /** Messages until now, for the keys of the next ones. */
  tellings: number;
  /** Levels of the escalation path that have been told of those who are not acknowledged now. */
  escalated: number;
  /** Whether people have been told that all of it is acknowledged. */
  acknowledged: boolean;
};

/** What people have been told of an alert. `quiet`: only the pager was. */
export type Told = { severity: Severity; at: number; resolved: boolean; quiet: boolean };

export type Member = {
  alert: Transition;
  told: Told | null;
  acknowledgedBy: string | null;
  /** Until then it would be a repetition: the same alert had ended and begun again. Null: it is not. */
  heldUntil: number | null;
};

export const newGroup = (key: string): Group => ({ key, episode: null, toldAt: null, tellings: 0, escalated: 0, acknowledged: false });

/** When a group whose member has changed at `now` is to be looked at: the first waits for others, later ones for the group's turn. */
export function dueAfterChange({ episode, toldAt }: Group, { waitMs, intervalMs }: Route, now: number): number {
  const ready = episode === null ? now + waitMs : now;
  return toldAt === null ? ready : Math.max(ready, toldAt + intervalMs);
}

/** A text of at most `longest` characters that tells itself from others: the end of a longer one is replaced by its hash. */
export function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return `${text.slice(0, longest - 17)}~${hash.toString(16).padStart(16, '0')}`;
}
