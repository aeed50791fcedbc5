/** Does `work` for every item, `atOnce` at a time. The first error ends it, once all have settled. */
export async function eachOf<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    while (running.size >= atOnce) await Promise.race(running);
    if (errors.length > 0) break;
    const task: Promise<void> = work(item)
      .catch((error: unknown) => {
        errors.push(error);
      })
      .finally(() => running.delete(task));
    running.add(task);
  }
  await Promise.all(running);
  if (errors.length > 0) throw errors[0];
}
