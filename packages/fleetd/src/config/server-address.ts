export { describeServer, parseServerAddress, type ServerAddress } from "@flotilla/membership/client";
