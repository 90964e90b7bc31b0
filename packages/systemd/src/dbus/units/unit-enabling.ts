import { messageOf } from "@flotilla/runtime";
import { type Installation, installationOf, isUnitName, parseUnitFile, parseUnitName } from "@flotilla/unit";
import { hostFileOf } from "./host-unit.ts";
import type { InstallLink, InstallLinks } from "./install-links.ts";
import { findLoadedUnit } from "./loaded-unit.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import type { UnitTable } from "../session/unit-table.ts";

export interface UnitEnablingOptions {
  readonly directory: UnitDirectory;
  readonly links: InstallLinks;
  readonly units: UnitTable;
  readonly session: () => SystemdSession;
  /** Directories that systemd searches for unit files. */
  readonly searchPath: () => readonly string[];
}

/** Whose a name is: the host's own unit with where it is, or another unit of the cluster's. */
type Holder = { readonly host: string } | { readonly unit: string; readonly isAlias: boolean };

interface Decided {
  readonly links: InstallLink[];
  /** What was not done as asked, in sentences. */
  readonly notes: string[];
}

/**
 * Enables units by links of the cluster's own, as far as their [Install] sections ask for what is the cluster's to give
 * (docs/decisions/0034-install-links-of-our-own.md): a further name that nobody has, and a place in what other units
 * want. No unit of the host's own is enabled, loses a name, or comes to depend on a unit of the cluster's.
 */
export class UnitEnabling {
  readonly #options: UnitEnablingOptions;
  /** Units that have lost a link which systemd may still know. */
  readonly #outdated = new Set<string>();

  constructor(options: UnitEnablingOptions) {
    this.#options = options;
  }

  /** Makes the links that the file in place asks for, and removes others. @returns what was left out, in sentences. */
  async enable(name: string, signal?: AbortSignal): Promise<readonly string[]> {
    const { links, units } = this.#options;
    const asked = installationIn(name, units.units.get(name)?.text ?? "");
    const { links: wanted, notes } = await this.#decide(name, asked, signal);
    try {
      if (links.set(name, wanted)) this.#outdated.add(name);
    } catch (error) {
      notes.push(`The links that [Install] of ${name} asks for could not be made: ${messageOf(error)}.`);
    }
    return notes;
  }

  /** Removes the unit's links. */
  disable(name: string): void {
    this.#options.links.set(name, []);
  }

  /** True when systemd may know a link of the unit's that is no more. */
  isOutdated(name: string): boolean {
    return this.#outdated.has(name);
  }

  /** systemd has read all links after this one was removed. */
  reloaded(names: Iterable<string>): void {
    for (const name of names) this.#outdated.delete(name);
  }

  get outdated(): readonly string[] {
    return [...this.#outdated];
  }

  async #decide(name: string, asked: Installation, signal?: AbortSignal): Promise<Decided> {
    const decided: Decided = { links: [], notes: [] };
    for (const alias of asked.aliases) await this.#decideAlias(name, alias, decided, signal);
    const { wantedBy, requiredBy, upheldBy } = asked;
    const referrals = [
      ...wantedBy.map((by) => ({ option: "WantedBy", referral: "wants", by }) as const),
      ...requiredBy.map((by) => ({ option: "RequiredBy", referral: "requires", by }) as const),
      ...upheldBy.map((by) => ({ option: "UpheldBy", referral: "upholds", by }) as const),
    ];
    for (const { option, referral, by } of referrals) {
      if (!isUnitName(by)) decided.notes.push(leftOut(name, option, by, "it is no unit name"));
      else if (referral !== "requires" || !(await this.#isHosts(by, signal))) decided.links.push({ referral, by });
      else {
        decided.links.push({ referral: "wants", by });
        const why = "a unit of the host's own does not depend on one of the cluster's";
        decided.notes.push(`RequiredBy=${by} of ${name} was taken as WantedBy=${by}: ${why}.`);
      }
    }
    for (const other of asked.also) {
      if (isUnitName(other) && (await this.#isHosts(other, signal)))
        decided.notes.push(
          leftOut(name, "Also", other, "it is a unit of the host's own, which the cluster does not enable"),
        );
    }
    return decided;
  }

  async #decideAlias(name: string, alias: string, { links, notes }: Decided, signal?: AbortSignal): Promise<void> {
    if (alias === name) return;
    const why = isAliasFor(name, alias)
      ? explain(await this.#holderOf(alias, name, signal))
      : "a unit and its alias must be of one type, and have the same instance or none";
    if (why === undefined) links.push({ alias });
    else notes.push(leftOut(name, "Alias", alias, why));
  }

  async #isHosts(name: string, signal?: AbortSignal): Promise<boolean> {
    const holder = await this.#holderOf(name, "", signal);
    return holder !== undefined && "host" in holder;
  }

  /** Whose this name is; undefined when it is nobody's, or an alias of `asker` already. */
  async #holderOf(name: string, asker: string, signal?: AbortSignal): Promise<Holder | undefined> {
    const { directory, links, units, searchPath } = this.#options;
    if (units.units.has(name)) return { unit: name, isAlias: false };
    const owner = links.ownerOf(name);
    if (owner !== undefined && owner !== asker) return { unit: owner, isAlias: true };
    const file = hostFileOf(directory, searchPath(), name, owner === undefined ? undefined : asker);
    if (file !== undefined) return { host: file };
    if (owner !== undefined) return undefined;
    const loaded = await findLoadedUnit(this.#options.session(), name, signal);
    if (!loaded || loaded.loadState === "not-found") return undefined;
    const unit = directory.ownerOf(loaded.fragment);
    if (unit === undefined) return { host: "loaded in systemd" };
    return unit === asker || unit === name ? undefined : { unit, isAlias: true };
  }
}

function installationIn(name: string, text: string): Installation {
  const nothing = { aliases: [], wantedBy: [], requiredBy: [], upheldBy: [], also: [] };
  // Of a template, no instance is on this machine for others to refer to.
  if (parseUnitName(name).isTemplate) return nothing;
  try {
    return installationOf(name, parseUnitFile(text).options);
  } catch {
    // Somebody wrote to the file, or it is gone while the unit runs on.
    return nothing;
  }
}

/** What systemd takes for an alias of the unit (systemd.unit(5), Alias=). */
function isAliasFor(name: string, alias: string): boolean {
  if (!isUnitName(alias)) return false;
  const [unit, other] = [parseUnitName(name), parseUnitName(alias)];
  return unit.type === other.type && !other.isTemplate && unit.instance === other.instance;
}

function explain(holder: Holder | undefined): string | undefined {
  if (holder === undefined) return undefined;
  if ("host" in holder) return `it is the name of a unit of the host's own (${holder.host})`;
  if (holder.isAlias) return `${holder.unit}, another unit of the cluster on this machine, has this name`;
  return "another unit of the cluster on this machine has this name";
}

function leftOut(name: string, option: string, value: string, why: string): string {
  return `${option}=${value} of ${name} was left out: ${why}.`;
}
