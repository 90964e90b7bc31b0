import type { KeyValue, Revision, WatchEvent } from "./port.ts";

/** What turns one copy into another: puts for what is new or newer, deletes for what is gone. */
export function differences(
  old: ReadonlyMap<string, KeyValue>,
  fresh: ReadonlyMap<string, KeyValue>,
  revision: Revision,
): WatchEvent[] {
  const puts = [...fresh.values()].filter((entry) => {
    const known = old.get(entry.key);
    // In another store the same revision may be another value's.
    return known?.modRevision !== entry.modRevision || known.value !== entry.value;
  });
  const gone = [...old.keys()].filter((key) => !fresh.has(key));
  return [
    ...gone.map((key): WatchEvent => ({ type: "delete", key, modRevision: revision })),
    ...puts.map((entry): WatchEvent => ({ type: "put", entry })),
  ];
}
