/** What a deploy is: an environment, a version, steps, and what is said about it. */

export const environments = ['staging', 'production'] as const;
export type Environment = (typeof environments)[number];

export type DeployState = 'running' | 'done' | 'rolled_back' | 'failed';
export type Deployment = { id: string; environment: Environment; version: string; previous: string | null; startedBy: string };

/**
 * In this order stages are rolled: what only reads first, the door last, so that a version that cannot read is found before it takes anything in.
 * @param wanted all stages, or those that are to be rolled
 */
export function rollOrder(wanted: readonly string[]): string[] {
  const last = ['store', 'api'];
  const rank = (stage: string): number => last.indexOf(stage);
  return [...wanted].sort((a, b) => rank(a) - rank(b));
}

const signs: Record<DeployState, string> = { running: '🚀', done: '✅', rolled_back: '↩️', failed: '🛑' };

const said: Record<DeployState, (one: Deployment) => string> = {
  running: ({ environment, version, previous }) =>
    `deploying ${version} to ${environment}${previous === null ? '' : `, after ${previous}`}`,
  done: ({ environment, version }) =>
    `${version} runs in ${environment}: every stage is ready and a canary event went from the door to the API`,
  rolled_back: ({ environment, version, previous }) => `${version} failed in ${environment}; ${previous} runs again`,
  failed: ({ environment, version }) => `${version} failed in ${environment} and nothing could be put back`,
};

/** One line for people. @param reason why it failed */
export function deployText(deployment: Deployment, state: DeployState, reason = ''): string {
  const why = reason === '' ? '' : `\n> ${reason.split('\n').slice(0, 3).join('\n> ')}`;
  return `${signs[state]} ${said[state](deployment)} (${deployment.startedBy})${why}`;
}

/** What a deploy and its end announce has a key of its own, so that it is announced once. */
export const announcementKey = ({ id }: Pick<Deployment, 'id'>, state: DeployState): string => `deployment/${id}/${state}`;

/**
 * Settings from the lines of an environment file as systemd reads it: NAME=VALUE, `#` begins a comment line, quotes around a value are not part of it.
 * @throws RangeError naming the line that is neither
 */
export function environmentFile(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => line.trim());
  const settings: Record<string, string> = {};
  for (const [index, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value = ''] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new RangeError(`line ${index + 1} is neither NAME=VALUE nor a comment: ${line}`);
    settings[name] = value.replace(/^(["'])(.*)\1$/, '$2');
  }
  return settings;
}

/** Every image of ours in a manifest, as the one that is wanted. */
export const withImage = (manifest: string, image: string, tag: string): string =>
  manifest.replaceAll(/^(\s*(?:- )?image:\s*)["']?impactstream(?::[\w.-]+)?["']?[ \t]*$/gm, `$1${image}:${tag}`);

/** The documents of a manifest of this kind, or all others. */
export function documentsOf(manifest: string, kind: string, others = false): string {
  const documents = manifest.split(/^---[ \t]*$/m).filter((one) => one.trim() !== '');
  return documents.filter((one) => new RegExp(`^kind: ${kind}[ \\t]*$`, 'm').test(one) !== others).join('---\n');
}
