/** What the program's end says to scripts; docs/fleetctl.md lists them. `status` passes on systemctl's own. */
export const exitCode = {
  ok: 0,
  /** The cluster refused, or what was asked for did not come about. */
  failed: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** Of `status`, as systemctl's: the unit is not active. */
  inactive: 3,
  /** Of `status`, as systemctl's: there is no such unit. */
  unknownUnit: 4,
  /** No daemon answers at the endpoint, or no tunnel leads there. */
  unreachable: 5,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;
