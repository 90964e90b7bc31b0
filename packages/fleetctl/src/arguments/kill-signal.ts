import { constants } from "node:os";

/**
 * Rewrites kill(1)'s `-9`, `-HUP` and `-SIGHUP` to `--signal=`, up to a `--`. Any number is rewritten, because the API
 * refuses invalid numbers with a better message.
 */
export function withSignalFlag(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  const flags = end === -1 ? args : args.slice(0, end);
  const rewritten = flags.map((word) =>
    isSignal(word.slice(1)) && word.startsWith("-") ? `--signal=${word.slice(1)}` : word,
  );
  return [...rewritten, ...(end === -1 ? [] : args.slice(end))];
}

function isSignal(name: string): boolean {
  const short = name.toUpperCase().replace(/^SIG/, "");
  return /^\d+$/.test(name) || /^RT(MIN|MAX)([+-]\d+)?$/.test(short) || Object.hasOwn(constants.signals, `SIG${short}`);
}
