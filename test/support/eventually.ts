/** Waiting for a state instead of sleeping: polls until the check holds, fails with the check's own last error. */
export async function eventually<T>(check: () => T | Promise<T>, deadlineMs = 20_000, pollMs = 50): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
