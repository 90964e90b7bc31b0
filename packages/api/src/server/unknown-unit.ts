import { Refusal } from "./refusal.ts";

export function unknownUnit(name: string): Refusal {
  return new Refusal("unit-not-found", `Unit ${name} does not exist; submit it first, or look for its name among the units.`);
}
