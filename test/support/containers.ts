import { DockerComposeEnvironment, Wait } from 'testcontainers';
import { COMPOSE_DIR, composePorts } from '../../infra/local/compose.ts';
import { COMPONENTS, nodesOf } from '../../infra/local/layout.ts';
import { components, planLayout } from '../../infra/local/state.ts';
import type { StackEndpoints } from '../../infra/stack.ts';

/**
 * Starts docker-compose.yml's five components on free ports by testcontainers, whose reaper removes them even when
 * this process is killed. Images, health checks and settings are those of docker-compose.yml: they stand there once.
 */
export async function containersUp(): Promise<{ endpoints: StackEndpoints; stop: () => Promise<void> }> {
  const layout = await planLayout(`test-${process.pid}`, false, 'free');
  const environment = await new DockerComposeEnvironment(COMPOSE_DIR, 'docker-compose.yml')
    .withEnvironment(composePorts(layout))
    .withDefaultWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(180_000)
    .up([...COMPONENTS]);
  const endpoint = (name: (typeof COMPONENTS)[number]): string => components[name].endpoint(nodesOf(layout, name));
  return {
    endpoints: {
      kafka: endpoint('kafka'),
      registry: endpoint('registry'),
      clickhouse: endpoint('clickhouse'),
      postgres: endpoint('postgres'),
      redis: endpoint('redis'),
    },
    stop: async () => void (await environment.down({ removeVolumes: true })),
  };
}
