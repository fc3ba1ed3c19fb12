/**
 * Named places where a test may kill the process. Off unless IMPACT_FAILPOINT asks for one:
 * "store.after-raw-insert" dies at the first pass, "store.after-raw-insert:3" at the third.
 */
export type Failpoint = (name: string) => void;

/**
 * @param wanted value of IMPACT_FAILPOINT; empty turns every failpoint into nothing
 * @param die how to die; SIGKILL to oneself, so that no handler runs
 */
export function createFailpoint(wanted: string, die: () => void): Failpoint {
  if (wanted === '') return () => {};
  const [target, count = '1'] = wanted.split(':');
  let left = Number(count);
  return (name) => {
    if (name !== target) return;
    left -= 1;
    if (left === 0) die();
  };
}
