/** Stages as Kubernetes deployments: kubectl renders the overlay of the environment, and the cluster rolls what has changed. */
import { fileURLToPath } from 'node:url';
import { documentsOf, withImage } from '../../domain/deploy.ts';
import { ImpactError } from '../../domain/errors.ts';
import { command, type DeployTarget, type Driver } from './driver.ts';

const overlays = fileURLToPath(new URL('../../../infra/deploy/kubernetes/overlays/', import.meta.url));
const MIGRATION = 'job/impact-migrate';

/** A release is the tag of DEPLOY_IMAGE. */
export function createKubernetesDriver(target: DeployTarget): Driver {
  const { config, environment, stages, onProgress } = target;
  const kubectl = (args: readonly string[], input?: string): Promise<string> => command('kubectl', args, target, input);
  const namespace = `impactstream-${environment}`;
  const inside = ['--namespace', namespace];
  const timeout = `--timeout=${config.deployReadySeconds}s`;

  const rendered = async (tag: string): Promise<string> =>
    withImage(await kubectl(['kustomize', `${overlays}${environment}`]), config.deployImage, tag);
  const apply = (text: string, ...more: string[]): Promise<string> => kubectl(['apply', '--filename', '-', ...more], text);
  const deploymentOf = (stage: string): string => `deployment/impact-${stage}`;

  return {
    async current() {
      const path = '{.spec.template.spec.containers[0].image}';
      const image = await kubectl([
        'get',
        deploymentOf(stages[0] ?? 'api'),
        ...inside,
        '--ignore-not-found',
        '--output',
        `jsonpath=${path}`,
      ]);
      return image.trim() === '' ? null : (image.trim().split(':').at(-1) ?? null);
    },
    async check(tag) {
      if (!/^[\w][\w.-]{0,127}$/.test(tag)) throw new ImpactError('unprocessable', `${tag} is no tag of an image`);
      await apply(documentsOf(await rendered(tag), 'Namespace'));
      await apply(documentsOf(await rendered(tag), 'Job', true), '--dry-run=server');
    },
    async migrate(tag) {
      const text = await rendered(tag);
      // The stages' deployments wait until the databases are ready for them; a job that has run cannot be applied again.
      await apply(documentsOf(documentsOf(text, 'Deployment', true), 'Job', true));
      await kubectl(['delete', MIGRATION, ...inside, '--ignore-not-found']);
      await apply(documentsOf(text, 'Job'));
      await kubectl(['wait', '--for=condition=complete', MIGRATION, ...inside, timeout]);
    },
    async roll(tag) {
      await apply(documentsOf(await rendered(tag), 'Deployment'));
      for (const stage of stages) {
        onProgress(`${stage} ${tag}`);
        await kubectl(['rollout', 'status', deploymentOf(stage), ...inside, timeout]);
      }
    },
  };
}
