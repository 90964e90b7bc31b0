/** The unit that every figure starts: almost no cost beyond systemd's own. */
export const SLEEPER = "[Service]\nExecStart=/bin/sleep 100000\n";
