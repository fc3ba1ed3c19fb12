/** Prometheus metrics by prom-client. A metric exists from its first use; its label names are those of that use. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Labels, Metrics } from '../runtime/metrics.ts';

/** Bounds that serve both milliseconds-sized and minutes-sized observations in seconds. */
const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export type PrometheusMetrics = Metrics & {
  /** The exposition text and its content type. */
  render(): Promise<{ text: string; contentType: string }>;
};

const help = (name: string): string => name.replace(/^impact_/, '').replaceAll('_', ' ');

function once<T>(make: (name: string, labelNames: string[]) => T): (name: string, labels: Labels) => T {
  const known = new Map<string, T>();
  return (name, labels) => {
    const existing = known.get(name);
    if (existing) return existing;
    const made = make(name, Object.keys(labels));
    known.set(name, made);
    return made;
  };
}

/** One registry for the process, with the usual process metrics in it. */
export function createMetrics(): PrometheusMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = once((name, labelNames) => new Counter({ name, help: help(name), labelNames, registers }));
  const gauge = once((name, labelNames) => new Gauge({ name, help: help(name), labelNames, registers }));
  const histogram = once((name, labelNames) => new Histogram({ name, help: help(name), labelNames, buckets, registers }));
  return {
    count: (name, labels = {}, by = 1) => counter(name, labels).inc(labels, by),
    set: (name, value, labels = {}) => gauge(name, labels).set(labels, value),
    observe: (name, value, labels = {}) => histogram(name, labels).observe(labels, value),
    render: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
