const SHOWN = 4;

/** Nobody counts further. */
export const MOST_LISTED = 100;

/** "a", "a and b", "a, b and c"; what goes over four is counted up to a hundred. */
export function listed(items: readonly string[], conjunction: "and" | "or"): string {
  const rest = items.length - SHOWN;
  const others = items.length < MOST_LISTED ? `${rest} others` : "many others";
  const shown = rest > 1 ? [...items.slice(0, SHOWN), others] : items;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} ${conjunction} ${shown.at(-1)}`;
}
