/**
 * Targeting rules: JSONLogic with flagd's operators. They are interpreted, never compiled to code: a rule is data that somebody with a token
 * has written, and the engine's compiler would hand text made from it to `eval`.
 */
import { LogicEngine } from 'json-logic-engine';
import type { FlagContext } from './evaluation.ts';
import { type FractionalContext, fractional } from './fractional.ts';
import { isPlainObject, type JsonObject } from './json.ts';
import { semVer } from './semantic-version.ts';

/** The operators of jsonlogic.com and flagd's own. The engine knows more; a rule that uses those would work nowhere else. */
const operators = new Set(
  `var missing missing_some if ?: == === != !== ! !! or and > >= < <= max min + - * / % map reduce filter all none some merge in cat
   substr fractional starts_with ends_with sem_ver`.split(/\s+/),
);

export type RuleFault = { readonly at: string; readonly operator: string };

/** An object of one key is an operation, everywhere in a rule. */
export function ruleFaults(rule: unknown, at = 'targeting'): RuleFault[] {
  if (Array.isArray(rule)) return rule.flatMap((item, i) => ruleFaults(item, `${at}[${i}]`));
  if (!isPlainObject(rule)) return [];
  const keys = Object.keys(rule);
  const [operator] = keys;
  if (operator === undefined) return [];
  const own = keys.length > 1 || !operators.has(operator) ? [{ at, operator: keys.join(', ') }] : [];
  return [...own, ...Object.entries(rule).flatMap(([key, value]) => ruleFaults(value, `${at}.${key}`))];
}

export const operatorNames: readonly string[] = [...operators];

const edge = (holds: (text: string, part: string) => boolean) => (args: unknown) => {
  if (!Array.isArray(args) || args.length !== 2) return null;
  const [text, part] = args as [unknown, unknown];
  return typeof text === 'string' && typeof part === 'string' ? holds(text, part) : null;
};

type Asked = { targetingKey?: string; $flagd?: { flagKey: string } };
const keysOf = ({ targetingKey, $flagd }: Asked): FractionalContext => ({ targetingKey, flagKey: $flagd?.flagKey ?? '' });

function engineOf(): LogicEngine {
  const engine = new LogicEngine();
  // What they answer depends on the context even where their arguments do not: they must not be folded into constants.
  const add = (name: string, method: (args: unknown, context: Asked) => unknown): void =>
    engine.addMethod(name, method, { deterministic: false });
  add(
    'starts_with',
    edge((text, part) => text.startsWith(part)),
  );
  add(
    'ends_with',
    edge((text, part) => text.endsWith(part)),
  );
  add('sem_ver', (args) => semVer(Array.isArray(args) ? args : []));
  add('fractional', (args, context) => fractional(Array.isArray(args) ? args : [], keysOf(context)));
  return engine;
}

/**
 * @param rule one without `ruleFaults`
 * @param now milliseconds since 1970, for `$flagd.timestamp`, which is in seconds
 * @returns a function that names a variant, or null to leave it to the flag. It throws what the engine throws
 */
export function compileTargeting(
  rule: JsonObject,
  flagId: string,
  now: () => number,
): (context: FlagContext, unitId: string | null | undefined) => string | null {
  const engine = engineOf();
  return (context, unitId) => {
    const $flagd = { flagKey: flagId, timestamp: Math.floor(now() / 1000) };
    const variant: unknown = engine.run(rule, { ...context, targetingKey: context.targetingKey ?? unitId, $flagd });
    return variant === null || variant === undefined ? null : String(variant);
  };
}
