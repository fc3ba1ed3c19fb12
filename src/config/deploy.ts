/** Settings of `impact deploy`. */

import { anyUrl } from './connections.ts';
import { choice, list, text, whole } from './kinds.ts';

export const deploySettings = {
  deployDriver: choice(['systemd', 'kubernetes', 'local'])(
    'DEPLOY_DRIVER',
    'systemd',
    'What impact deploy rolls: systemd units, Kubernetes deployments, or processes of this machine',
  ),
  deployStages: list('DEPLOY_STAGES', '', 'Stages that impact deploy rolls, in this order; empty: all'),
  deployDirectory: text(
    'DEPLOY_DIRECTORY',
    '/opt/impactstream',
    'Where systemd finds `current`, the link to the release in use; with the local driver, its state and logs',
  ),
  deployImage: text('DEPLOY_IMAGE', 'impactstream', 'Image without its tag, for Kubernetes'),
  deployApiUrl: anyUrl('DEPLOY_API_URL', 'http://127.0.0.1:8000', 'Where the API answers after a deploy: the canary goes there'),
  deployReadySeconds: whole(1, 3_600)('DEPLOY_READY_SECONDS', '180', 'A stage that is not ready after this time has failed'),
  deploySlackChannel: text('DEPLOY_SLACK_CHANNEL', '#phase3-deployment', 'Slack channel that hears of deploys; empty: none'),
} as const;
