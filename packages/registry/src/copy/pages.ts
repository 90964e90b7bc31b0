import type { KeyValue, Revision, Store } from "@flotilla/store";
import { treatmentOf } from "./copied-value.ts";

/** Keys in one read of a store. */
const PAGE = 500;

/** Yields the keys of a store that a copy has, in pages, all as of one revision. */
export async function* copiedPages(
  store: Pick<Store, "range">,
  revision: Revision,
  signal: AbortSignal,
): AsyncGenerator<readonly KeyValue[]> {
  let after: string | undefined;
  for (;;) {
    const page = await store.range(
      { prefix: "", revision, limit: PAGE, ...(after !== undefined && { after }) },
      signal,
    );
    const copied = page.entries.filter(({ key }) => treatmentOf(key) !== "left-out");
    if (copied.length > 0) yield copied;
    after = page.entries.at(-1)?.key;
    if (!page.more) return;
  }
}
