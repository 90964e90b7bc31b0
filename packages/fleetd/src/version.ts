/** The one place where the daemon's version stands; fleetctl has the same. */
export const VERSION = "0.1.0";
