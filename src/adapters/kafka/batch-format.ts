/** Where things stand in a record batch: https://kafka.apache.org/documentation/#recordbatch */
export const at = {
  length: 8,
  magic: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
} as const;
export const HEADER_BYTES = 61;
/** Offset and length come before what the length counts. */
export const BEFORE_BYTES = 12;

/** What kafkajs hands on of a record; texts are whole numbers. */
export type Message = {
  key: Buffer | null;
  value: Buffer | null;
  timestamp: string;
  offset: string;
  isControlRecord: boolean;
  batchContext: { producerId: string; inTransaction: boolean };
};
