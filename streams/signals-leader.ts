/** One process of several tells the signals: the one that holds a lock in Postgres for as long as its session lives. */

type Session = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]>; release(): void };
/** What opens sessions; the Postgres adapter does. */
export type Sessions = { session(): Promise<Session> };

export type Leadership = {
  /** Asks for the lock, or makes sure that it is still held. Throws when Postgres cannot be asked. */
  isLeader(): Promise<boolean>;
  resign(): Promise<void>;
};

/** @param name what is led; includes the namespace */
export function createLeadership(sessions: Sessions, name: string): Leadership {
  let held: Session | null = null;

  async function drop(): Promise<void> {
    held?.release();
    held = null;
  }

  async function stillHeld(session: Session): Promise<boolean> {
    try {
      await session.query('SELECT 1');
      return true;
    } catch (error) {
      await drop();
      throw error;
    }
  }

  async function acquire(): Promise<boolean> {
    const session = await sessions.session();
    try {
      const [row] = await session.query<{ led: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS led', [name]);
      if (row?.led) held = session;
      return row?.led ?? false;
    } finally {
      if (held !== session) session.release();
    }
  }

  return { isLeader: () => (held ? stillHeld(held) : acquire()), resign: drop };
}
