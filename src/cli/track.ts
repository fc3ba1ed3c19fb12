/** `impact track`: one thing that happened, and what it was worth. */
import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import type { FeatureEvent } from '../domain/event.ts';
import { type Track, type TrackName, tracks } from '../domain/track.ts';
import { trackAnswer, trackedEvent } from '../domain/track-event.ts';
import type { Context } from './context.ts';
import { type Example, withExamples } from './examples.ts';
import { type Said, saidOption, sayJson } from './said.ts';
import { givenFor, optionOf } from './track-options.ts';
import { toApi, toKafka } from './track-send.ts';

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

const dollars = (text: string): string =>
  `${text.startsWith('-') ? '−' : ''}$${Number(text.replace('-', '')).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

function worthText({ valueUsd, valueUsdPerYear, formula }: ReturnType<typeof trackAnswer>['worth']): string {
  if (valueUsdPerYear !== null) return `worth ${dollars(valueUsdPerYear)} a year: ${formula}`;
  return valueUsd === null ? 'no worth in dollars was stated' : `worth ${dollars(valueUsd)}: ${formula}`;
}

type TrackOptions = { url?: string; flag?: string; output: Said; dryRun?: true };

/** The API looks the variant up by itself, by the feature. */
function requireOneWay({ url, flag }: TrackOptions): void {
  if (url === undefined || flag === undefined) return;
  const problems = [{ field: '--flag', value: flag, expected: 'no flag beside --url; --variant says the variant' }];
  throw new ImpactError('unprocessable', 'the API finds the variant by the feature; nothing was sent', { problems });
}

async function send(context: Context, track: Track, event: FeatureEvent, { url, flag, dryRun }: TrackOptions): Promise<FeatureEvent> {
  if (dryRun) return event;
  if (url === undefined) return toKafka(context, event, flag);
  await toApi(context, url, track, event);
  return event;
}

const shownVariant = ({ variant }: FeatureEvent): string => (variant === null ? '' : `, ${variant}`);

async function trackOne(context: Context, track: Track, command: Command, options: TrackOptions): Promise<void> {
  requireOneWay(options);
  const event = await send(context, track, eventOf(context, track, command), options);
  const answer = trackAnswer(event);
  if (options.output === 'json') return sayJson(context, { ...answer, variant: event.variant });
  const fate = options.dryRun ? 'valid; nothing was sent (--dry-run)' : 'acknowledged by Kafka';
  context.out(`${answer.kind} ${answer.eventId} of ${answer.tenantId}${shownVariant(event)}: ${fate}\n${worthText(answer.worth)}\n`);
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
    .option('--flag <id>', 'the flag that gave the unit its variant; without this, and without --variant, those of the feature')
    .option('--url <api>', 'through the API at this address, with the token in IMPACT_TOKEN; without this straight to Kafka')
    .option('--dry-run', 'check it, show what it is worth, and send nothing')
    .addOption(saidOption())
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
