/** What the API is given. It makes none of these itself, so a test can give others. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import type { Producer } from '../adapters/kafka/producer.ts';
import type { PrintPdf } from '../adapters/pdf.ts';
import type { Postgres } from '../adapters/postgres.ts';
import type { Config } from '../config.ts';
import type { FlagReader } from '../domain/flags/reader.ts';
import type { SharedResults } from '../query/experiment/cache.ts';
import type { FlagStore } from '../query/flags/store.ts';
import type { RolloutStore } from '../query/rollouts/store.ts';
import type { Rows } from '../query/statement.ts';
import type { Registry } from '../runtime/codec.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { StageHealth } from '../runtime/stage.ts';
import type { Tracer } from '../runtime/tracer.ts';
import type { Redrive } from './web/quality.ts';
import type { RunReplay } from './web/replays.ts';

export type ApiDeps = {
  config: Config;
  log: Log;
  metrics: Metrics;
  /** The clock, milliseconds since 1970. */
  now: () => number;
  clickhouse: Rows;
  postgres: Pick<Postgres, 'query' | 'transaction'>;
  registry: Pick<Registry, 'encoder'>;
  /** A connected producer, asked for when the first event is collected. */
  producer: () => Promise<Pick<Producer, 'send'>>;
  /** Where flags are changed. */
  flags: FlagStore;
  /** Where rollouts are planned and led. */
  rollouts: RolloutStore;
  /** This process's own copy of the flags, which answers whatever is down. */
  flagReader: FlagReader;
  /** Where results of experiments are remembered for every process; without it, each remembers its own. */
  results?: SharedResults;
  /** Runs replays; without it, this process has none. */
  replay?: RunReplay;
  /** Draws PDF; without it, this process does not. */
  printPdf?: PrintPdf;
  /** Sends dead letters again; without it, this process does not. */
  redrive?: Redrive;
  /** The other stages of this process; readiness answers for them too. */
  stages: () => { name: string; health: StageHealth }[];
  /** The exposition text of this process's metrics. */
  metricsText: () => Promise<{ text: string; contentType: string }>;
  tracer?: Tracer;
};

/** A Fastify application whose handlers are typed by their TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
