import type { Waking } from "./timeline.ts";

/** Holds back what must resume later, in order, while a process or systemd is frozen. */
export class Standstill implements Waking {
  #isOn = false;
  #held: (() => void)[] = [];

  get isOn(): boolean {
    return this.#isOn;
  }

  begin(): void {
    this.#isOn = true;
  }

  end(): void {
    this.#isOn = false;
    for (const resume of this.#held.splice(0)) resume();
  }

  /** Drops everything held back, because the frozen process or systemd has ended. */
  forget(): void {
    this.#isOn = false;
    this.#held = [];
  }

  wake(resume: () => void): void {
    if (this.#isOn) this.#held.push(resume);
    else resume();
  }
}
