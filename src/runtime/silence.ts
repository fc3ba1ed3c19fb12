/** For how long topics have been asked for records and had none. Time in which the brokers did not answer does not count: records may wait there. */
export type Silence = {
  /** The brokers answered a fetch. `now` in milliseconds of any clock that only goes forward. */
  fetched(now: number): void;
  /** Records of this topic and partition came. */
  heard(source: string): void;
  /** Milliseconds of answered fetches since the last record, or since the first call for this source. */
  silentMs(source: string): number;
};

/** Two answers further apart than this had a failure, a pause or long work between them. */
const GAP_MS = 1000;

export function createSilence(): Silence {
  const heardAt = new Map<string, number>();
  let last: number | null = null;
  let listened = 0;
  return {
    fetched(now) {
      if (last !== null && now - last <= GAP_MS) listened += now - last;
      last = now;
    },
    heard(source) {
      heardAt.set(source, listened);
    },
    silentMs(source) {
      const since = heardAt.get(source);
      if (since === undefined) heardAt.set(source, listened);
      return listened - (since ?? listened);
    },
  };
}
