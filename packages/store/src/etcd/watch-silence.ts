import type { Clock } from "@flotilla/runtime";

export interface SilenceOptions {
  readonly clock: Clock;
  /** How long the server may be silent before `ask` is called, milliseconds. */
  readonly quietMs: number;
  /** How long the answer may take, milliseconds. */
  readonly answerMs: number;
  /** Requests an answer from the server. */
  readonly ask: () => void;
  /** Called when no answer came: the stream is dead, whatever TCP reports. */
  readonly giveUp: () => void;
}

export interface Silence {
  /** Call when a message arrives. Until `waiting` is called, the reader is busy and silence means nothing. */
  heard(): void;
  /** Call when the reader waits for the server again. */
  waiting(): void;
  stop(): void;
}

/**
 * Detects a dead stream among streams that may be quiet for hours. Starts as if it had just asked, because the server
 * also answers the opening of a stream.
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
