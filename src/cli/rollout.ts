/** `impact rollout`: plans over which features go to everybody. */
import { Argument, Command, Option } from 'commander';
import { policies } from '../domain/decision.ts';
import type { RolloutCommand } from '../domain/rollout/command.ts';
import { approvals, type RollbackReason, type RolloutStatus, rollbackReasons, statuses } from '../domain/rollout.ts';
import { parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { type Example, withExamples } from './examples.ts';
import type { Format } from './render.ts';
import { type LeadOptions, leadRollout, type PlanOptions, planRollout } from './rollout-lead.ts';
import { listRollouts, showRollout, showSteps } from './rollout-show.ts';
import { outputOption, type Said, saidOption } from './said.ts';

const flag = (): Argument => new Argument('<flag>', 'whose rollout');
const because = (): Option => new Option('--reason <text>', 'why, for the history').default('decided on the command line');
const basedOn = (): Option =>
  new Option('--if-version <n>', 'refuse it if the rollout is not at this version').argParser(parseWhole(1, 2_147_483_647));

type Described = [Command, ...Example[]];

const planning = (context: Context): Described => [
  new Command('plan')
    .description(
      'plan a rollout; what is not said follows the guide: internal, 10 % for 7 to 14 days, 25 % and 50 % for 7 days each, everybody',
    )
    .addArgument(flag())
    .option('--file <plan>', 'YAML or JSON with the plan: approval, policy, alpha, metrics, guardrails, steps')
    .addOption(new Option('--approval <who>', 'who says yes once all gates are met').choices(approvals))
    .addOption(new Option('--policy <name>', 'how the experiment is judged').choices(policies))
    .option('--metric <name...>', 'goals; default: what the feature is for')
    .option('--guardrail <name...>', 'metrics that must not become worse than their margin: refunds@5')
    .addOption(because())
    .addOption(basedOn())
    .addOption(saidOption())
    .action((id: string, options: PlanOptions) => planRollout(context, id, options)),
  ['rollout plan ai_coaching --approval automatic', 'the guide’s path, without asking anybody'],
  ['rollout plan checkout --file plan.yaml --metric order_value', 'a path of your own'],
];

const reading = (context: Context): Described[] => [
  [
    new Command('show')
      .description('where a rollout is, and what is missing for the next stage')
      .addArgument(flag())
      .addOption(saidOption())
      .action((id: string, { output }: { output: Said }) => showRollout(context, id, output)),
    ['rollout show ai_coaching', 'each gate with its figures'],
    ['rollout show ai_coaching --output json', 'with the plan and all evidence'],
  ],
  [
    new Command('list')
      .description('every rollout')
      .addOption(new Option('--status <status>', 'only those').choices(statuses))
      .addOption(outputOption())
      .action((options: { status?: RolloutStatus; output: Format }) => listRollouts(context, options)),
    ['rollout list', 'what is rolled out how far, and what is missing'],
    ['rollout list --status waiting_for_approval --output json', 'what waits for people'],
  ],
  [
    new Command('history')
      .description('every step: when, who, why, by which gates and on what evidence')
      .addArgument(flag())
      .addOption(outputOption())
      .action((id: string, { output }: { output: Format }) => showSteps(context, id, output)),
    ['rollout history ai_coaching', 'the last step first'],
    ['rollout history ai_coaching --output json', 'with effect, interval and n of each gate'],
  ],
];

/** A command that tells a rollout what to do. */
function order<Options extends LeadOptions>(
  context: Context,
  name: string,
  description: string,
  commandOf: (options: Options) => RolloutCommand,
): Command {
  return new Command(name)
    .description(description)
    .addArgument(flag())
    .addOption(because())
    .addOption(basedOn())
    .addOption(saidOption())
    .action((id: string, options: Options) => leadRollout(context, id, commandOf(options), options));
}

type Advance = LeadOptions & { force?: true };
type Rollback = LeadOptions & { cause: RollbackReason };

const leading = (context: Context): Described[] => [
  [
    order(context, 'start', 'start a planned rollout', () => ({ kind: 'start' })),
    ['rollout start ai_coaching', 'at the first stage of its plan, or where the flag is'],
    ['rollout start ai_coaching --if-version 1', 'only if nobody has changed the plan since'],
  ],
  [
    order<Advance>(context, 'advance', 'go on to the next stage now, if its gates are met', ({ force }) => ({
      kind: 'advance',
      force: force === true,
    })).option('--force', 'although gates are missing; the history says so, and which'),
    ['rollout advance ai_coaching', 'without waiting for the next look'],
    ['rollout advance ai_coaching --force --reason "agreed with the board"', 'past a missing gate'],
  ],
  [
    order(context, 'approve', 'say yes to the stage that the rollout asks for', () => ({ kind: 'approve' })),
    ['rollout approve ai_coaching --reason "figures look right"', 'all gates must still be met'],
    ['rollout approve ai_coaching --if-version 6', 'only what was looked at'],
  ],
  [
    order(context, 'pause', 'keep the present stage until it is resumed', () => ({ kind: 'pause' })),
    ['rollout pause ai_coaching --reason holidays', 'the guard goes on watching'],
  ],
  [
    order(context, 'resume', 'go on from where the flag is', () => ({ kind: 'resume' })),
    ['rollout resume ai_coaching', 'also after somebody has changed the stage by hand'],
  ],
  [
    order<Rollback>(context, 'rollback', 'switch the feature off and end the rollout', ({ cause }) => ({
      kind: 'rollback',
      cause,
    })).addOption(new Option('--cause <cause>', 'what was wrong').choices(rollbackReasons).default('manual')),
    ['rollout rollback ai_coaching --reason "support is flooded"', 'off for everybody, within milliseconds'],
    ['rollout rollback ai_coaching --cause latency_spike --reason "p95 at 900 ms"', 'with its kind'],
  ],
];

/** The command with its subcommands. */
export function rolloutCommand(context: Context): Command {
  const command = new Command('rollout').description('rollout plans: from internal testing to everybody, through gates');
  for (const [child, ...examples] of [planning(context), ...leading(context), ...reading(context)])
    command.addCommand(withExamples(child, ...examples));
  return withExamples(
    command,
    ['rollout plan ai_coaching --approval automatic', 'plan it'],
    ['rollout start ai_coaching', 'let it begin'],
    ['rollout show ai_coaching', 'see what it waits for'],
  );
}
