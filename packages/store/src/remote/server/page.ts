import type { KeyValue, RangePage } from "../../port/index.ts";

/** Shortens a page whose keys and values have more than `most` characters. A page keeps one entry at least. */
export function shortened(page: RangePage, most: number): RangePage {
  let text = 0;
  const beyond = page.entries.findIndex((entry, index) => (text += textOf(entry)) > most && index > 0);
  return beyond < 0 ? page : { ...page, entries: page.entries.slice(0, beyond), more: true };
}

function textOf({ key, value }: KeyValue): number {
  return key.length + value.length;
}
