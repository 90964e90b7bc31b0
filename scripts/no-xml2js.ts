/**
 * A replacement for xml2js in the bundle. dbus-next creates these two objects for every bus, but needs them only for
 * D-Bus introspection, which Flotilla does not use.
 */
export function Builder(): void {}
export function Parser(): void {}
