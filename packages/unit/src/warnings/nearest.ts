import { editDistance } from "./edit-distance.ts";

/** A known word at a greater distance is not suggested. */
const MOST_TYPOS = 2;

/** No option or section of systemd has a longer name. */
const LONGEST = 64;

/** Returns the known word with the smallest distance, regardless of case; undefined when every word is too different. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  // A short word is close to too many known words.
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
