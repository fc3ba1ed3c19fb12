/** Metrics as the stages see them; `adapters/metrics.ts` makes them with prom-client. Names carry their unit. */
export type Labels = Record<string, string>;
export type Metrics = {
  /** Adds to a counter. */
  count(name: string, labels?: Labels, by?: number): void;
  /** Sets a gauge. */
  set(name: string, value: number, labels?: Labels): void;
  /** Observes into a histogram; the unit is in the name. */
  observe(name: string, value: number, labels?: Labels): void;
};
