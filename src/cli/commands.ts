/** All commands, in the order in which help lists them. A command line loads the one that it names: most of a command's start is loading. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

type Make = (context: Context) => Command;

const loaders: Record<string, () => Promise<Make>> = {
  demo: async () => (await import('./demo.ts')).demoCommand,
  stack: async () => (await import('./stack.ts')).stackCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  run: async () => (await import('./run.ts')).runCommand,
  emit: async () => (await import('./emit.ts')).emitCommand,
  track: async () => (await import('./track.ts')).trackCommand,
  query: async () => (await import('./query.ts')).queryCommand,
  top: async () => (await import('./top.ts')).topCommand,
  roi: async () => (await import('./roi.ts')).roiCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  archive: async () => (await import('./archive.ts')).archiveCommand,
  backup: async () => (await import('./backup.ts')).backupCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  deploy: async () => (await import('./deploy.ts')).deployCommand,
  alerts: async () => (await import('./alerts.ts')).alertsCommand,
  rules: async () => (await import('./rules.ts')).rulesCommand,
  silences: async () => (await import('./silences.ts')).silencesCommand,
  notify: async () => (await import('./notify.ts')).notifyCommand,
  webhooks: async () => (await import('./webhooks.ts')).webhooksCommand,
  deliveries: async () => (await import('./deliveries.ts')).deliveriesCommand,
  flags: async () => (await import('./flags.ts')).flagsCommand,
  rollout: async () => (await import('./rollout.ts')).rolloutCommand,
  experiments: async () => (await import('./experiments.ts')).experimentsCommand,
  guard: async () => (await import('./guard.ts')).guardCommand,
  costs: async () => (await import('./costs.ts')).costsCommand,
  targets: async () => (await import('./targets.ts')).targetsCommand,
  forecast: async () => (await import('./forecast.ts')).forecastCommand,
  kpis: async () => (await import('./kpis.ts')).kpisCommand,
  tokens: async () => (await import('./tokens.ts')).tokensCommand,
  dlq: async () => (await import('./dlq.ts')).dlqCommand,
  report: async () => (await import('./report.ts')).reportCommand,
  monitor: async () => (await import('./monitor.ts')).monitorCommand,
  health: async () => (await import('./health.ts')).healthCommand,
  check: async () => (await import('./check.ts')).checkCommand,
};

/** What makes the commands that a command line may be about: the one that it begins with, or else all of them. */
export function commandsFor([first = '']: readonly string[]): Promise<Make[]> {
  const named = Object.hasOwn(loaders, first) ? loaders[first] : undefined;
  return Promise.all((named ? [named] : Object.values(loaders)).map((load) => load()));
}
