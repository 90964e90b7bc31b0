import { RequestError } from "./request-error.ts";

export function unknownUnit(name: string): RequestError {
  return new RequestError(
    "unit-not-found",
    `Unit ${name} does not exist; submit it first, or look for its name among the units.`,
  );
}
