/**
 * In the bundle, instead of xml2js: dbus-next makes these two for every bus, and uses them for objects that describe
 * themselves (D-Bus introspection), which Flotilla neither asks for nor offers.
 */
export function Builder(): void {}
export function Parser(): void {}
