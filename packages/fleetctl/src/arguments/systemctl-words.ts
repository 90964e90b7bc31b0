/** What systemctl and journalctl have and fleetctl does not, and what to do instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  "daemon-reload": "there is nothing to reload: submit --replace and start --replace bring changed files into effect",
  disable: "a unit that is not to run any more is stopped, unloaded or destroyed",
  enable: "what is started stays wanted through every reboot; a unit with [Install] is enabled where it is loaded",
  "is-active": "fleetctl status UNIT ends with 0 if the unit is active, else with 3",
  "is-enabled": "fleetctl list-unit-files shows what is wanted of each unit",
  "is-failed": "fleetctl list-units shows how each unit fares",
  "list-timers": "fleetctl list-units shows timers, too",
  logs: "fleetctl journal UNIT",
  show: "fleetctl status UNIT, or fleetctl list-unit-files --output json",
};

/** @returns undefined for a word that is none of theirs, or one that fleetctl has as well. */
export function insteadOf(word: string): string | undefined {
  return Object.hasOwn(INSTEAD, word) ? INSTEAD[word] : undefined;
}
