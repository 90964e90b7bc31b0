/** systemd reports a scope's file as missing, since it never reads one. */
export function scopeRefusal(message: string): string {
  return `systemd refused the scope ("${message}"): scopes are created by programs, not by unit files (systemd.scope(5))`;
}

/** Why a start of an exclusive unit has to wait for the guard. */
export function guardBlocked(unit: string): string {
  const why = "fleet-guard.service keeps exclusive units from running until this machine's lease is confirmed";
  return `cannot start ${unit} yet: ${why}`;
}
