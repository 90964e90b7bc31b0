const SHOWN = 4;

/** The length of a longer list is not given. */
export const MOST_LISTED = 100;

/** Joins items: "a", "a and b", "a, b and c". Of a longer list, four are shown and the others are counted. */
export function listed(items: readonly string[], conjunction: "and" | "or"): string {
  const rest = items.length - SHOWN;
  const others = items.length < MOST_LISTED ? `${rest} others` : "many others";
  const shown = rest > 1 ? [...items.slice(0, SHOWN), others] : items;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} ${conjunction} ${shown.at(-1)}`;
}
