import { editDistance } from "./edit-distance.ts";

/** What differs in more letters than these was not meant. */
const MOST_TYPOS = 2;

/** No option or section of systemd's has a longer name. */
const LONGEST = 64;

/** The known word that was most likely meant; undefined when none is near. Case does not count. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  // A short word is near to too many others.
  const most = Math.min(MOST_TYPOS, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = most + 1;
  if (word.length > LONGEST) return undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}
