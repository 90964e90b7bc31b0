/** The unit file in every measurement. It costs little more than what systemd needs to start any unit. */
export const SLEEPER = "[Service]\nExecStart=/bin/sleep 100000\n";
