/** `impact flags`: feature flags. */
import { Argument, Command, Option } from 'commander';
import { rolloutStages } from '../domain/fields.ts';
import type { Assignment } from '../domain/flags/assign.ts';
import type { RolloutStage } from '../domain/flags/stage.ts';
import { parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { type Example, withExamples } from './examples.ts';
import {
  addFirstFlags,
  archiveOne,
  type ChangeOptions,
  changeOne,
  createOne,
  deleteOne,
  importFile,
  parseAssignment,
} from './flags-change.ts';
import { evaluateOne, exportFlags, getFlag, listFlags, showHistory } from './flags-show.ts';
import type { Format } from './render.ts';
import { outputOption, type Said, saidOption } from './said.ts';

const because = (fallback: string): Option => new Option('--reason <text>', 'why, for the history').default(fallback);
const basedOn = (): Option =>
  new Option('--if-version <n>', 'refuse the change if the flag is not at this version').argParser(parseWhole(1, 2_147_483_647));
const id = (): Argument => new Argument('<id>', 'the flag');
const stage = (): Argument => new Argument('<stage>', 'how far the feature is rolled out').choices(rolloutStages);
const fields = (needed: boolean): Argument =>
  new Argument(needed ? '<field=value...>' : '[field=value...]', 'values in YAML or JSON; += and -= change lists').argParser(
    parseAssignment,
  );

const reading = (context: Context): [Command, ...Example[]][] => [
  [
    new Command('list')
      .description('every flag')
      .addOption(new Option('--stage <stage>', 'only those at this stage').choices(rolloutStages))
      .option('--archived', 'archived ones too')
      .addOption(outputOption())
      .action((options: { stage?: RolloutStage; archived?: true; output: Format }) => listFlags(context, options)),
    ['flags list', 'what is rolled out how far'],
    ['flags list --stage beta_10 --output json', 'for a script'],
  ],
  [
    new Command('get')
      .description('one flag with all its fields')
      .addArgument(id())
      .addOption(saidOption())
      .action((flag: string, { output }: { output: Said }) => getFlag(context, flag, output)),
    ['flags get churn_prevention', 'as YAML'],
    ['flags get churn_prevention --output json', 'for a script'],
  ],
  [
    new Command('evaluate')
      .description('which variant somebody gets, and why')
      .addArgument(id())
      .option('--tenant <id>', 'the tenant')
      .option('--user <id>', 'the user')
      .option('--entity <id>', 'the entity: a lead, a property, a session')
      .option('--attribute <name=value...>', 'attributes for targeting rules')
      .addOption(saidOption())
      .action((flag: string, options: Asked) => evaluateOne(context, flag, contextOf(options), options.output)),
    ['flags evaluate ai_coaching --tenant harbor-homes --user agent_7', 'what this user gets'],
    ['flags evaluate banner --attribute plan=pro --output json', 'what a rule makes of it'],
  ],
  [
    new Command('history')
      .description('who changed a flag, when, why and on what evidence; deleted ones too')
      .addArgument(id())
      .addOption(outputOption())
      .action((flag: string, { output }: { output: Format }) => showHistory(context, flag, output)),
    ['flags history churn_prevention', 'the last change first'],
    ['flags history churn_prevention --output json', 'with the whole flag before and after'],
  ],
  [
    new Command('export')
      .description('print every flag, to be imported again')
      .addOption(new Option('--output <format>', 'how to print').choices(['yaml', 'json']).default('yaml'))
      .action(({ output }: { output: 'yaml' | 'json' }) => exportFlags(context, output)),
    ['flags export > flags.yaml', 'to edit and import again'],
  ],
];

type Asked = { tenant?: string; user?: string; entity?: string; attribute?: string[]; output: Said };

/** Text of an attribute is taken as JSON where it is such: 18 is a number, pro is text. */
function attributeOf(pair: string): [string, unknown] {
  const [name = '', ...rest] = pair.split('=');
  const value = rest.join('=');
  try {
    return [name, JSON.parse(value)];
  } catch {
    return [name, value];
  }
}

const contextOf = ({ tenant, user, entity, attribute = [] }: Asked) => ({
  tenantId: tenant,
  userId: user,
  entityId: entity,
  ...Object.fromEntries(attribute.map(attributeOf)),
});

const changing = (context: Context): [Command, ...Example[]][] => [
  [
    new Command('create')
      .description('add a flag; what is not given gets its default')
      .addArgument(id())
      .addArgument(fields(false))
      .addOption(because('created on the command line'))
      .addOption(saidOption())
      .action((flag: string, assignments: Assignment[] = [], options: ChangeOptions) => createOne(context, flag, assignments, options)),
    ['flags create my_feature name="My feature" roiTargetUsd=50000 owner=growth', 'off at first'],
    ["flags create banner \"variants=[{name: red, value: '#f00'}, {name: blue, value: '#00f'}]\"", 'values of any type'],
  ],
  [
    new Command('set')
      .description('change fields of a flag')
      .addArgument(id())
      .addArgument(fields(true))
      .addOption(because('changed on the command line'))
      .addOption(basedOn())
      .addOption(saidOption())
      .action((flag: string, assignments: Assignment[], options: ChangeOptions) => changeOne(context, flag, assignments, options)),
    ['flags set ai_coaching tenantWhitelist+=harbor-homes', 'give it to a tenant'],
    ['flags set ai_coaching latencyThresholdMs=250 errorRateThresholdPercent=2', 'limits of a rollback'],
  ],
  [
    new Command('stage')
      .description('roll a feature out further, or back')
      .addArgument(id())
      .addArgument(stage())
      .addOption(because('changed on the command line'))
      .addOption(basedOn())
      .addOption(saidOption())
      .action((flag: string, value: RolloutStage, options: ChangeOptions) =>
        changeOne(context, flag, [{ field: 'stage', how: 'to', value }], options),
      ),
    ['flags stage ai_coaching beta_10 --reason "metrics are stable"', 'a tenth of the users, beside a control of a tenth'],
    ['flags stage ai_coaching disabled', 'off for everybody, within milliseconds'],
  ],
  [
    new Command('archive')
      .description('put a flag away: it is off, and its history stays')
      .addArgument(id())
      .option('--undo', 'take it out again')
      .addOption(because('archived on the command line'))
      .addOption(basedOn())
      .addOption(saidOption())
      .action((flag: string, options: ChangeOptions & { undo?: true }) => archiveOne(context, flag, options.undo !== true, options)),
    ['flags archive old_banner', 'no longer in use'],
    ['flags archive old_banner --undo', 'in use again'],
  ],
  [
    new Command('delete')
      .description('delete a flag; its history stays')
      .addArgument(id())
      .addOption(because('deleted on the command line'))
      .addOption(basedOn())
      .addOption(saidOption())
      .action((flag: string, options: ChangeOptions) => deleteOne(context, flag, options)),
    ['flags delete typo_banner --reason "never used"', 'asking for it answers unknown from now on'],
  ],
  [
    new Command('init')
      .description('add the flags of the four features that are not there yet, switched off')
      .addOption(because('the first flags'))
      .addOption(outputOption())
      .action((options: { reason: string; output: Format }) => addFirstFlags(context, options)),
    ['flags init', 'safe to repeat'],
  ],
  [
    new Command('import')
      .description('create and change flags from a file; all of it is checked first; flags that it does not name stay')
      .argument('<file>', 'YAML or JSON, as `flags export` prints it, or a flag file of flagd')
      .addOption(because('imported on the command line'))
      .addOption(outputOption())
      .action((file: string, options: { reason: string; output: Format }) => importFile(context, file, options)),
    ['flags import flags.yaml', 'takes effect within milliseconds'],
    ['flags import flags.flagd.json', 'typed flags with their targeting rules'],
  ],
];

/** The command with its subcommands. */
export function flagsCommand(context: Context): Command {
  const command = new Command('flags').description('feature flags: who gets which variant, how far each is rolled out');
  for (const [child, ...examples] of [...reading(context), ...changing(context)]) command.addCommand(withExamples(child, ...examples));
  return withExamples(
    command,
    ['flags init', 'the four features, switched off'],
    ['flags stage realtime_intelligence beta_10', 'begin a rollout'],
    ['flags evaluate realtime_intelligence --tenant harbor-homes --user agent_7', 'who gets what, and why'],
  );
}
