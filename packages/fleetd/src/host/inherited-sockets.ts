/** The first descriptor that systemd passes (SD_LISTEN_FDS_START). */
const FIRST_FD = 3;

/**
 * Returns the descriptors of the sockets that systemd passed to this process (sd_listen_fds(3)).
 */
export function inheritedSockets(environment: Readonly<Record<string, string | undefined>>, pid: number): number[] {
  if (Number(environment["LISTEN_PID"]) !== pid) return [];
  const count = Number(environment["LISTEN_FDS"]);
  return Number.isInteger(count) && count > 0 ? Array.from({ length: count }, (_, index) => FIRST_FD + index) : [];
}
