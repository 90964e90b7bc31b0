/** The roles of API v1 and v2, as in Kubernetes' view, edit and admin, and Nomad's read, scale and write. */
export const ROLES = ["viewer", "operator", "deployer", "admin"] as const;

export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** What a deployer is limited to. */
export interface DeployerScope {
  /** Globs of the units that the deployer may change. */
  readonly units: readonly string[];
  /** Metadata of the machines on which the units may run; each unit must ask for it. Empty for any machine. */
  readonly machineMetadata: Readonly<Record<string, string>>;
  /** The admission rule for submitted unit files. Without a rule, the units may do anything on their machines. */
  readonly admit?: "unprivileged" | undefined;
  /** Users of the hosts as whom units may run under the rule `unprivileged`, in addition to DynamicUser=. */
  readonly users: readonly string[];
}

/** What a token or a client certificate grants. */
export type Grant = { readonly role: Exclude<Role, "deployer"> } | ({ readonly role: "deployer" } & DeployerScope);

/**
 * Who makes a request.
 *
 * - `local`: a caller on a server's unix socket, whose file permissions admit root and the group `fleet`.
 * - `open`: a caller on a TCP socket with `insecure_api=true`.
 * - `token`, `certificate`: a caller with a grant.
 * - `machine`: a caller on an agent's unix socket without a token.
 */
export type Caller =
  | { readonly kind: "local" | "open" }
  | { readonly kind: "token"; readonly id: string; readonly name: string; readonly grant: Grant }
  | { readonly kind: "certificate"; readonly name: string; readonly grant: Grant }
  | { readonly kind: "machine"; readonly machineID: string };

/** Names the caller in messages and logs. */
export function describeCaller(caller: Caller): string {
  switch (caller.kind) {
    case "local":
      return "the server's socket";
    case "open":
      return "an open listener";
    case "token":
      return `token ${caller.name} (${caller.grant.role})`;
    case "certificate":
      return `certificate ${caller.name} (${caller.grant.role})`;
    case "machine":
      return `machine ${caller.machineID}`;
  }
}
