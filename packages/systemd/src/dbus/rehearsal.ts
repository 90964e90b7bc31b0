export { PrivateBus } from "./private-bus.ts";
export { StandInSystemd } from "./stand-in.ts";
