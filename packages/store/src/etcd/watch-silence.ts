import type { Clock } from "@flotilla/runtime";

export interface SilenceOptions {
  readonly clock: Clock;
  /** How long the other side may be silent before it is asked for a sign, milliseconds. */
  readonly quietMs: number;
  /** How long it may take for that sign, milliseconds. */
  readonly answerMs: number;
  /** Asks the other side for a sign of life. */
  readonly ask: () => void;
  /** Called when no sign came: the stream is dead, whatever TCP says. */
  readonly giveUp: () => void;
}

export interface Silence {
  /** Something came; until `waiting`, silence is our own slowness and means nothing. */
  heard(): void;
  /** From here on, we wait for the other side again. */
  waiting(): void;
  stop(): void;
}

/**
 * Watches over a stream on which nothing may happen for hours. It begins as if it had just asked: the
 * opening of a stream has to be answered too.
 */
export function watchSilence({ clock, quietMs, answerMs, ask, giveUp }: SilenceOptions): Silence {
  const stopped = new AbortController();
  let sign = false;
  let waiting = true;
  let asked = true;
  void (async () => {
    while (await passed(clock, asked ? answerMs : quietMs, stopped.signal)) {
      if (sign || !waiting) asked = false;
      else if (asked) return giveUp();
      else {
        asked = true;
        ask();
      }
      sign = false;
    }
  })();
  return {
    heard: () => {
      sign = true;
      waiting = false;
    },
    waiting: () => {
      waiting = true;
    },
    stop: () => stopped.abort(),
  };
}

function passed(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => !signal.aborted,
    () => false,
  );
}
