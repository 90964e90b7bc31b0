import { messageOf } from "@flotilla/runtime";
import { type Installation, installationOf, isUnitName, parseUnitFile, parseUnitName } from "@flotilla/unit";
import { hostFileOf } from "./host-unit.ts";
import type { InstallLink, InstallLinks } from "./install-links.ts";
import { findLoadedUnit } from "./loaded-unit.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import type { UnitTable } from "../session/unit-table.ts";

export interface UnitEnablingParts {
  readonly directory: UnitDirectory;
  readonly links: InstallLinks;
  readonly units: UnitTable;
  readonly session: () => SystemdSession;
  /** Directories that systemd searches for unit files. */
  readonly searchPath: () => readonly string[];
}

/** The owner of a name: a unit of the host, with its path; or another unit of the cluster. */
type Holder = { readonly host: string } | { readonly unit: string; readonly isAlias: boolean };

interface Decision {
  readonly links: InstallLink[];
  /** The links that were not made as requested, one sentence each. */
  readonly notes: string[];
}

/**
 * Enables units by the links that their [Install] sections ask for (docs/decisions/0034-install-links-of-our-own.md):
 * aliases that are free, and references from other units. No unit of the host is enabled, loses a name, or is made to
 * depend on a unit of the cluster.
 */
export class UnitEnabling {
  readonly #parts: UnitEnablingParts;
  /** Units with a removed link that systemd may still know. */
  readonly #outdated = new Set<string>();

  constructor(parts: UnitEnablingParts) {
    this.#parts = parts;
  }

  /**
   * Makes the links that the file in place asks for, and removes the unit's other links.
   * @returns what was left out, one sentence each.
   */
  async enable(name: string, signal?: AbortSignal): Promise<readonly string[]> {
    const { links, units } = this.#parts;
    const asked = installationIn(name, units.units.get(name)?.text ?? "");
    const { links: wanted, notes } = await this.#decide(name, asked, signal);
    try {
      if (links.set(name, wanted)) this.#outdated.add(name);
    } catch (error) {
      notes.push(`cannot make the links that [Install] of ${name} asks for: ${messageOf(error)}`);
    }
    return notes;
  }

  /** Removes the links of the unit's [Install] section. */
  disable(name: string): void {
    this.#parts.links.set(name, []);
  }

  /** Whether systemd may still know a removed link of the unit. */
  isOutdated(name: string): boolean {
    return this.#outdated.has(name);
  }

  /** Notes that systemd has read all links since these units lost one. */
  reloaded(names: Iterable<string>): void {
    for (const name of names) this.#outdated.delete(name);
  }

  get outdated(): readonly string[] {
    return [...this.#outdated];
  }

  async #decide(name: string, asked: Installation, signal?: AbortSignal): Promise<Decision> {
    const decided: Decision = { links: [], notes: [] };
    for (const alias of asked.aliases) await this.#decideAlias(name, alias, decided, signal);
    const { wantedBy, requiredBy, upheldBy } = asked;
    const referrals = [
      ...wantedBy.map((by) => ({ option: "WantedBy", referral: "wants", by }) as const),
      ...requiredBy.map((by) => ({ option: "RequiredBy", referral: "requires", by }) as const),
      ...upheldBy.map((by) => ({ option: "UpheldBy", referral: "upholds", by }) as const),
    ];
    for (const { option, referral, by } of referrals) {
      if (!isUnitName(by)) decided.notes.push(leftOut(name, option, by, "it is not a unit name"));
      else if (referral !== "requires" || !(await this.#isHosts(by, signal))) decided.links.push({ referral, by });
      else {
        decided.links.push({ referral: "wants", by });
        const why = "a unit of the host must not depend on a unit of the cluster";
        decided.notes.push(`RequiredBy=${by} of ${name} was taken as WantedBy=${by}: ${why}`);
      }
    }
    for (const other of asked.also) {
      if (isUnitName(other) && (await this.#isHosts(other, signal)))
        decided.notes.push(leftOut(name, "Also", other, "it is a unit of the host, which the cluster does not enable"));
    }
    return decided;
  }

  async #decideAlias(name: string, alias: string, { links, notes }: Decision, signal?: AbortSignal): Promise<void> {
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

  /** The owner of this name; undefined when the name is free or already an alias of `asker`. */
  async #holderOf(name: string, asker: string, signal?: AbortSignal): Promise<Holder | undefined> {
    const { directory, links, units, searchPath } = this.#parts;
    if (units.units.has(name)) return { unit: name, isAlias: false };
    const owner = links.ownerOf(name);
    if (owner !== undefined && owner !== asker) return { unit: owner, isAlias: true };
    const file = hostFileOf(directory, searchPath(), name, owner === undefined ? undefined : asker);
    if (file !== undefined) return { host: file };
    if (owner !== undefined) return undefined;
    const loaded = await findLoadedUnit(this.#parts.session(), name, signal);
    if (!loaded || loaded.loadState === "not-found") return undefined;
    const unit = directory.ownerOf(loaded.fragment);
    if (unit === undefined) return { host: "loaded in systemd" };
    return unit === asker || unit === name ? undefined : { unit, isAlias: true };
  }
}

function installationIn(name: string, text: string): Installation {
  const nothing = { aliases: [], wantedBy: [], requiredBy: [], upheldBy: [], also: [] };
  // Other units refer to the instances of a template, not to the template.
  if (parseUnitName(name).isTemplate) return nothing;
  try {
    return installationOf(name, parseUnitFile(text).options);
  } catch {
    // Another process has changed the file, or has removed it while the unit runs.
    return nothing;
  }
}

/** Whether systemd accepts this name as an alias of the unit (systemd.unit(5), Alias=). */
function isAliasFor(name: string, alias: string): boolean {
  if (!isUnitName(alias)) return false;
  const [unit, other] = [parseUnitName(name), parseUnitName(alias)];
  return unit.type === other.type && !other.isTemplate && unit.instance === other.instance;
}

function explain(holder: Holder | undefined): string | undefined {
  if (holder === undefined) return undefined;
  if ("host" in holder) return `a unit of the host has this name (${holder.host})`;
  if (holder.isAlias) return `${holder.unit}, another unit of the cluster on this machine, has this name`;
  return "another unit of the cluster on this machine has this name";
}

function leftOut(name: string, option: string, value: string, why: string): string {
  return `${option}=${value} of ${name} was left out: ${why}`;
}
