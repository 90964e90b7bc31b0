/**
 * Text that makes systemd refuse to start a unit once systemd has read it: the assertion that the root directory does
 * not exist never holds (systemd.unit(5), AssertPathExists=). It is appended to the unit's own file because a drop-in
 * for some names applies to other units too. The empty line ends a line that is continued.
 */
export const NEVER_STARTS = "\n\n# fleetd is removing this unit.\n[Unit]\nAssertPathExists=!/\n";
