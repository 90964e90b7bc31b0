import { optionValues } from "./option-values.ts";
import { RequirementsError } from "./requirements-error.ts";
import { expandNameSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";
import { X_FLEET_SECTION } from "./x-fleet.ts";
import { shortened } from "./wording.ts";

/** What happens to a running unit when one of its secrets gets a new version. */
export type OnSecretChange = (typeof ON_SECRET_CHANGE)[number];

const ON_SECRET_CHANGE = ["restart", "reload", "ignore"] as const;

/** The secrets of the cluster that a unit file names. */
export interface SecretUse {
  /** The names of the secrets, which are also the IDs of the unit's credentials. */
  readonly names: readonly string[];
  readonly onChange: OnSecretChange;
}

/** The socket on which the agent answers systemd, as a unit file may write it; `%t` also fits a user's systemd. */
const SOCKETS: readonly string[] = ["/run/fleet/secrets.sock", "%t/fleet/secrets.sock"];

/** The sections whose options systemd.exec(5) describes. */
const SECTIONS = ["Service", "Socket", "Mount", "Swap"];

export const SECRET_LIMITS = {
  /** The secrets of one unit. The agent reads each before the start. */
  secrets: 64,
  /**
   * The length of the unit's and the secret's name together, in bytes. systemd writes both into the address of its
   * socket, which has 108 bytes (unix(7)): NUL, up to 16 digits, "/unit/", the unit, "/", the secret.
   */
  nameBytes: 84,
} as const;

/** Whether the path of LoadCredential=NAME:PATH is the socket for secrets of the cluster. */
export function isSecretsSocket(path: string): boolean {
  return SOCKETS.includes(path);
}

/**
 * Whether systemd accepts the name as a credential's ID (`credential_name_valid`), and a command line shows it as one
 * word: printable ASCII characters except blank, colon and slash; not "." or "..".
 */
export function isSecretName(name: string): boolean {
  return /^[!-~]{1,80}$/.test(name) && !/[:/]/.test(name) && name !== "." && name !== "..";
}

/**
 * Reads which secrets a unit file names by `LoadCredential=NAME:/run/fleet/secrets.sock`. Other credentials are the
 * host's. As in systemd, an empty assignment resets the list, and the last assignment of an ID counts.
 *
 * @param name the unit's name, for specifiers.
 * @throws RequirementsError for a name that no secret can have, and for an invalid OnSecretChange= in [X-Fleet].
 */
export function secretUseOf(name: string, options: readonly UnitOption[]): SecretUse {
  const paths = new Map<string, string>();
  // Filtered once: most files have no such option.
  const own = options.filter((option) => option.name === "LoadCredential");
  for (const section of SECTIONS)
    for (const value of optionValues(own, section, "LoadCredential")) {
      const colon = value.indexOf(":");
      if (colon > 0) paths.set(value.slice(0, colon), value.slice(colon + 1));
    }
  const written = [...paths].filter(([, path]) => isSecretsSocket(path)).map(([id]) => id);
  const names = [...new Set(written.map((id) => secretNameOf(name, id)))];
  if (names.length > SECRET_LIMITS.secrets)
    throw new RequirementsError(
      `LoadCredential= names ${names.length} secrets: at most ${SECRET_LIMITS.secrets} are allowed; put several into one secret`,
    );
  return { names, onChange: onChangeOf(options) };
}

function secretNameOf(unit: string, written: string): string {
  const refuse = (why: string): never => {
    throw new RequirementsError(`LoadCredential=${shortened(written)} ${why}`);
  };
  if (written.replaceAll(/%[nNpPiIjJ%]/g, "").includes("%"))
    refuse("names a secret by a specifier that depends on the machine; use only %n, %N, %p, %P, %i, %I, %j and %J");
  const name = expandNameSpecifiers(written, unit);
  if (!isSecretName(name))
    refuse("is no name of a secret: 1 to 80 printable ASCII characters without blanks, colons and slashes");
  const bytes = Buffer.byteLength(unit) + name.length;
  if (bytes > SECRET_LIMITS.nameBytes)
    refuse(
      `has, with the name of ${shortened(unit)}, ${bytes} bytes: systemd can ask for at most ${SECRET_LIMITS.nameBytes}; ` +
        "shorten one of the names",
    );
  return name;
}

/** As in systemd for a keyword, the last assignment counts. */
function onChangeOf(options: readonly UnitOption[]): OnSecretChange {
  const value = optionValues(options, X_FLEET_SECTION, "OnSecretChange").at(-1);
  const known = ON_SECRET_CHANGE.find((word) => word === value);
  if (value === undefined || known !== undefined) return known ?? "restart";
  throw new RequirementsError(
    `OnSecretChange=${shortened(value)} in [X-Fleet] is unknown; write ${ON_SECRET_CHANGE.join(", ")}`,
  );
}
