import { splitUnitName } from "../name.ts";
import { acceptsEach } from "../triggered-unit.ts";
import type { UnitOption } from "../unit-file.ts";

/** A socket that starts an instance for each connection: the template is on no machine by the cluster's doing. */
export function* acceptWarnings(name: string, options: readonly UnitOption[]): Generator<string> {
  const { stem, suffix } = splitUnitName(name);
  if (suffix !== "socket" || !acceptsEach(options)) return;
  yield (
    `Accept=yes in [Socket] has systemd start instances of ${stem}@.service, which the cluster puts on no machine: ` +
    "see that the hosts have it, or write Accept=no."
  );
}
