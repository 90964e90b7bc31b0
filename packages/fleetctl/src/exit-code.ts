/** Exit codes for scripts; listed in docs/fleetctl.md. `status` also returns systemctl's own codes. */
export const exitCode = {
  ok: 0,
  /** The cluster refused the request, or the command failed. */
  failed: 1,
  /** The command line is invalid; nothing was done. */
  usage: 2,
  /** `status`, like systemctl: the unit is not active. */
  inactive: 3,
  /** `status`, like systemctl: there is no such unit. */
  unknownUnit: 4,
  /** No daemon answers at the endpoint, or the tunnel does not open. */
  unreachable: 5,
  /** Of several clusters, or of several servers for `audit`, some did not answer; the output shows the others. */
  partial: 6,
  /** 128 + SIGINT, as in shells. */
  interrupted: 130,
} as const;
