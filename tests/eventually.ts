/**
 * Waiting for a condition, never for a time.
 *
 * @module
 */

/**
 * Tries a check until it no longer throws.
 *
 * @param check Throws, or rejects, while the condition does not hold.
 * @param withinMs Then what it threw last is thrown.
 */
export async function eventually(
  check: () => void | Promise<void>,
  withinMs = 5000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
