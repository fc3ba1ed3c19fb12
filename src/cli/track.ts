/** `impact track`: one thing that happened, and what it was worth. */
import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import { cloudEventOf } from '../domain/cloudevent.ts';
import { ImpactError } from '../domain/errors.ts';
import type { FeatureEvent } from '../domain/event.ts';
import { type Track, type TrackName, tracks } from '../domain/track.ts';
import { trackAnswer, trackedEvent } from '../domain/track-event.ts';
import type { Context } from './context.ts';
import { type Example, withExamples } from './examples.ts';
import { createSender } from './send.ts';
import { withSystem } from './system.ts';
import { givenFor, optionOf } from './track-options.ts';

const TIMEOUT_MS = 15_000;

/** What is wrong, by the words that were typed. */
function inOptions(error: unknown, { fields }: Track): unknown {
  if (!(error instanceof ImpactError)) return error;
  const word = (field: string): string => fields.find((one) => one.field === field)?.option ?? field;
  const problems = error.problems.map((problem) => ({ ...problem, field: `--${word(problem.field)}` }));
  return new ImpactError(error.code, error.message, { problems });
}

function eventOf(context: Context, track: Track, options: Command): FeatureEvent {
  const given = Object.fromEntries(track.fields.map((field) => [field.field, givenFor(field, options)]));
  const base = { eventId: randomUUID(), source: 'impact-track', occurredAt: context.now() };
  try {
    return trackedEvent(track, given, base, { now: context.now(), maxFutureMs: context.config().maxFutureMs });
  } catch (error) {
    throw inOptions(error, track);
  }
}

async function toKafka(context: Context, event: FeatureEvent): Promise<void> {
  await withSystem(
    () => context.open(context.config()),
    async (system) => (await createSender(system)).send([event]),
  );
}

/** @throws ImpactError `unavailable` without an answer, `unprocessable` for a refusal; the id in it makes a repetition count once */
async function toCollector(context: Context, url: string, event: FeatureEvent): Promise<void> {
  const target = new URL('/api/v1/events', url);
  const headers = { authorization: `Bearer ${context.env['IMPACT_TOKEN'] ?? ''}`, 'content-type': 'application/cloudevents+json' };
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const response = await fetch(target, { method: 'POST', headers, body: JSON.stringify(cloudEventOf(event)), signal }).catch(
    (cause: unknown) => {
      throw new ImpactError('unavailable', `no answer from ${target.origin} about event ${event.eventId}`, { cause });
    },
  );
  const said = (await response.json().catch(() => null)) as { detail?: string } | null;
  if (response.ok) return;
  throw new ImpactError(
    response.status >= 500 ? 'unavailable' : 'unprocessable',
    `${target.origin} answered ${response.status}: ${said?.detail ?? response.statusText}`,
  );
}

const dollars = (text: string): string =>
  `${text.startsWith('-') ? '−' : ''}$${Number(text.replace('-', '')).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

function worthText({ valueUsd, valueUsdPerYear, formula }: ReturnType<typeof trackAnswer>['worth']): string {
  if (valueUsdPerYear !== null) return `worth ${dollars(valueUsdPerYear)} a year: ${formula}`;
  return valueUsd === null ? 'no worth in dollars was stated' : `worth ${dollars(valueUsd)}: ${formula}`;
}

type TrackOptions = { url?: string; output: 'text' | 'json'; dryRun?: true };

async function trackOne(context: Context, track: Track, command: Command, options: TrackOptions): Promise<void> {
  const event = eventOf(context, track, command);
  if (!options.dryRun) await (options.url === undefined ? toKafka(context, event) : toCollector(context, options.url, event));
  const answer = trackAnswer(event);
  if (options.output === 'json') return context.out(`${JSON.stringify(answer, null, 2)}\n`);
  const fate = options.dryRun ? 'valid; nothing was sent (--dry-run)' : 'acknowledged by Kafka';
  context.out(`${answer.kind} ${answer.eventId} of ${answer.tenantId}: ${fate}\n${worthText(answer.worth)}\n`);
}

const examples: Record<TrackName, Example[]> = {
  'response-time': [
    ['track response-time --tenant tenant_123 --user user_456 --lead lead_789 --seconds 25', 'answered in 25 seconds'],
    ['track response-time --tenant tenant_123 --seconds 25 --variant treatment --at 2h', 'two hours ago, in an experiment'],
  ],
  satisfaction: [['track satisfaction --tenant tenant_123 --user user_456 --lead lead_789 --score 95 --property prop_101', 'rated 95 %']],
  'churn-intervention': [['track churn-intervention --tenant tenant_123 --lead lead_789 --stage 2 --churned false', 'the lead stayed']],
  'coaching-session': [
    ['track coaching-session --tenant tenant_123 --agent agent_456 --minutes 18 --productivity 87', '18 minutes instead of 40'],
  ],
  metric: [
    ['track metric --tenant tenant_123 --feature my_feature --metric custom_conversion --value 1 --data plan=pro', 'with additional data'],
    ['track metric --tenant tenant_123 --feature my_feature --metric upsell --value 1 --value-usd 40 --output json', 'worth $40'],
  ],
};

function oneCommand(context: Context, track: Track): Command {
  const command = new Command(track.name).description(`state that ${track.description}`);
  for (const field of track.fields) command.addOption(optionOf(field, context));
  command
    .option('--url <api>', 'through the API at this address, with the token in IMPACT_TOKEN; without this straight to Kafka')
    .option('--dry-run', 'check it, show what it is worth, and send nothing')
    .addOption(new Option('--output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action((options: TrackOptions) => trackOne(context, track, command, options));
  return withExamples(command, ...examples[track.name]);
}

/** The command with a subcommand for each track. */
export function trackCommand(context: Context): Command {
  const command = new Command('track').description('state one thing that happened, and see what it was worth');
  for (const track of tracks) command.addCommand(oneCommand(context, track));
  return withExamples(
    command,
    ['track response-time --tenant tenant_123 --user user_456 --seconds 25', 'a lead was answered in 25 seconds'],
    ['track churn-intervention --tenant tenant_123 --stage 2 --churned false', 'an intervention worked'],
  );
}
