/**
 * What people were told, over a restore. Where this Postgres still knows it, it is left alone. Where it is set back with everything else, what
 * came since is told once under a heading that says so, and what may have been sent is not sent again by itself.
 */
import { type BackupManifest, memoryAfter, type NotifyMemory } from '../domain/backup.ts';
import { topicName } from '../domain/names.ts';
import type { Due } from '../domain/schedule.ts';
import { installedBefore } from '../query/backup-postgres.ts';
import { endForeignAlerts, holdBack, notifyPositions, passOverReports, switchWebhooksOff } from '../query/notify/restore.ts';
import { stageNames } from './backup-create.ts';
import type { System } from './system.ts';

/** `tellings`: messages about what has changed since the backup. `held`: messages that wait for somebody's decision. `ended`: alerts of another Kafka. */
export type Told = { memory: NotifyMemory; tellings: number; held: number; ended: number; webhooksOff: number; reports: Due[] };

/** Must be asked before anything is restored. @throws where Kafka cannot be asked */
export async function memoryOf({ backups, config, postgres }: System, manifest: BackupManifest): Promise<NotifyMemory> {
  const [now, positions, older] = await Promise.all([
    backups.groups.read(stageNames),
    notifyPositions(postgres, topicName(config.namespace, '')),
    installedBefore(postgres, manifest.cutAt),
  ]);
  return memoryAfter(manifest, config.namespace, now, older ? positions : []);
}

const nothing = { tellings: 0, held: 0, ended: 0, webhooksOff: 0, reports: [] };

/** After all else has been restored, and before any stage starts. */
export async function settleTold(system: System, manifest: BackupManifest, memory: NotifyMemory, now: number): Promise<Told> {
  const { postgres, config } = system;
  if (memory === 'own') return { memory, ...nothing };
  const reports = await postgres.transaction((tx) => passOverReports(tx, config, now));
  if (memory === 'backup') return { ...nothing, memory, reports, ...(await system.resumeNotify(manifest.cutAt)) };
  const moved = manifest.namespace !== config.namespace;
  return postgres.transaction(async (tx) => ({
    ...nothing,
    memory,
    reports,
    held: await holdBack(tx, moved ? ['pagerduty', 'slack', 'mail', 'webhook'] : undefined),
    ended: await endForeignAlerts(tx),
    webhooksOff: moved ? await switchWebhooksOff(tx) : 0,
  }));
}

const some = (n: number, one: string, many: string): string => (n === 1 ? `1 ${one}` : `${n} ${many}`);

/** What whoever restores has to know of it, a line each. */
export function toldLines({ memory, tellings, held, ended, webhooksOff, reports }: Told): string[] {
  const dates = reports.map(({ kind, period }) => `${kind} ${period.from}`).join(', ');
  const lines: [boolean, string][] = [
    [memory === 'own', 'what people were told is still known here and was not set back'],
    [tellings > 0, `${some(tellings, 'message tells', 'messages tell')} what has changed since the backup, under a heading that says so`],
    [
      held > 0,
      `${some(held, 'message', 'messages')} waited in the backup and may have been sent since: \`impact deliveries list --state dead\`, \`impact deliveries redeliver\``,
    ],
    [
      ended > 0,
      `${some(ended, 'alert', 'alerts')} fired in another Kafka or namespace and ${ended === 1 ? 'was' : 'were'} ended here; what is still wrong fires anew, incidents at PagerDuty are yours to end`,
    ],
    [webhooksOff > 0, `${some(webhooksOff, 'webhook', 'webhooks')} of another namespace switched off: \`impact webhooks on\``],
    [reports.length > 0, `reports that may have been sent already: ${dates}; \`impact report KIND --date DATE --email --slack\` sends one`],
  ];
  return lines.flatMap(([said, line]) => (said ? [line] : []));
}
