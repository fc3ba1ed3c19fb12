/** The rules as the alert stage has them: read again every few seconds, so that a change takes effect without a restart. */
import { type Rule, ruleKey } from '../../src/domain/rule.ts';
import { type Database, listRules } from '../../src/query/rules.ts';
import type { Log } from '../../src/runtime/log.ts';

export type RuleBook = {
  rules(): readonly Rule[];
  /** Changes with every change of the rules. */
  edition(): number;
  stop(): void;
};

const RELOAD_MS = 2000;

const identity = (rules: readonly Rule[]): string => JSON.stringify(rules.map((rule) => [ruleKey(rule), rule.version]));

async function load(database: Database): Promise<Rule[]> {
  return (await listRules(database)).map(({ rule }) => rule).filter(({ enabled }) => enabled);
}

/** Reads the rules once before it resolves. Later an outage of Postgres leaves the last ones in force. @throws what Postgres throws at first */
export async function openRuleBook(database: Database, log: Log): Promise<RuleBook> {
  let rules = await load(database);
  let edition = 1;
  let reloading = false;
  async function reload(): Promise<void> {
    const fresh = await load(database);
    if (identity(fresh) === identity(rules)) return;
    rules = fresh;
    edition += 1;
    log.info({ rules: rules.length, edition }, 'the alert rules have changed');
  }
  const timer = setInterval(() => {
    if (reloading) return;
    reloading = true;
    reload()
      .catch((error: Error) => log.warn({ error: error.message }, 'the alert rules could not be read again; the last ones stay in force'))
      .finally(() => {
        reloading = false;
      });
  }, RELOAD_MS);
  timer.unref();
  return { rules: () => rules, edition: () => edition, stop: () => clearInterval(timer) };
}
