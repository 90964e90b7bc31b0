/** The client's number of connections: further requests would only queue while their time limits run. */
const AT_ONCE = 16;

/**
 * Calls `work` for each item, up to AT_ONCE at a time. Results are in the order of the items; the first error rejects.
 */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
