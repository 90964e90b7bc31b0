import { splitUnitName } from "../name.ts";
import { acceptsEach } from "../triggered-unit.ts";
import type { UnitOption } from "../unit-file.ts";

/** Warns of a socket that starts an instance for each connection. The cluster does not install the instance's template. */
export function* acceptWarnings(name: string, options: readonly UnitOption[]): Generator<string> {
  const { stem, suffix } = splitUnitName(name);
  if (suffix !== "socket" || !acceptsEach(options)) return;
  yield (
    `Accept=yes in [Socket] makes systemd start instances of ${stem}@.service, which the cluster does not install; ` +
    "install that template on the hosts, or write Accept=no"
  );
}
