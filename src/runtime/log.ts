/** The log as the stages see it; `adapters/log.ts` makes one with pino. */
type Write = (fields: object, message: string) => void;
export type Log = { debug: Write; info: Write; warn: Write; error: Write };
