import type { KeyValue, Revision, WatchEvent } from "../port/index.ts";

/** The events that turn `old` into `fresh`: puts of new or newer entries, deletions of missing ones. */
export function differences(
  old: ReadonlyMap<string, KeyValue>,
  fresh: ReadonlyMap<string, KeyValue>,
  revision: Revision,
): WatchEvent[] {
  const puts = [...fresh.values()].filter((entry) => {
    const known = old.get(entry.key);
    // In another store the same revision may have another value.
    return known?.modRevision !== entry.modRevision || known.value !== entry.value;
  });
  // mutation: deletions in a listing
  return [...deletions(old.keys(), fresh, revision), ...puts.map(putOf)];
}

/** The events that turn any copy whose keys are all in `known` into `fresh`. */
export function everything(
  known: Iterable<string>,
  fresh: ReadonlyMap<string, KeyValue>,
  revision: Revision,
): WatchEvent[] {
  return [...deletions(new Set(known), fresh, revision), ...[...fresh.values()].map(putOf)];
}

function deletions(old: Iterable<string>, fresh: ReadonlyMap<string, KeyValue>, revision: Revision): WatchEvent[] {
  const gone = [...old].filter((key) => !fresh.has(key));
  return gone.map((key) => ({ type: "delete", key, modRevision: revision }));
}

function putOf(entry: KeyValue): WatchEvent {
  return { type: "put", entry };
}
