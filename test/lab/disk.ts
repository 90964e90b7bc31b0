import { createHash } from "node:crypto";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./command.ts";

/** Debian's units that a host does not need and that would slow down its boot. */
const MASKED = [
  "kmod-static-nodes",
  "ldconfig",
  "systemd-firstboot",
  "systemd-hwdb-update",
  "systemd-journal-catalog-update",
  "systemd-networkd",
  "systemd-resolved",
  "systemd-sysusers",
  "systemd-timesyncd",
  "systemd-tmpfiles-setup-dev",
  "systemd-udev-trigger",
  "systemd-udevd",
  "systemd-update-utmp",
];

/** The directory of a host's own unit files. */
export const UNITS = "/etc/systemd/system";

/** The file that the host creates as the last step of its boot. */
export const READY_FILE = "/run/lab-ready";

/** The target that a host boots. It pulls in only journal, D-Bus, tmpfiles and network. */
const LAB_TARGET = `[Unit]
Description=Lab host
Requires=sysinit.target dbus.socket systemd-journald.service lab-network.service
Wants=lab-ready.service network-online.target
After=sysinit.target dbus.socket
AllowIsolate=yes
`;

const labNetwork = (address: string): string => `[Unit]
Description=The lab's network
DefaultDependencies=no
Before=network.target network-online.target
Wants=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=ip address replace ${address}/24 dev host0
ExecStart=ip link set host0 up
`;

const LAB_READY = `[Unit]
Description=Tells the lab that this host is up
After=sysinit.target dbus.socket network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=touch ${READY_FILE}
`;

/** A host's root file system: an overlay on top of this machine's root. */
export class Disk {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /**
   * Creates and mounts the disk.
   * @param directory for the layers of the overlay.
   * @param name the host's name. The machine ID is derived from it, so it is the same in every lab and after every
   * boot.
   */
  static async create(directory: string, name: string, address: string): Promise<Disk> {
    const [upper, work, root] = ["upper", "work", "root"].map((part) => join(directory, part)) as [
      string,
      string,
      string,
    ];
    for (const part of [upper, work, root]) await mkdir(part, { recursive: true });
    // volatile: a lab does not outlive the machine, so its writes need not be synced to the real disk.
    const layers = `lowerdir=/,upperdir=${upper},workdir=${work},volatile`;
    await run(["mount", "-t", "overlay", "overlay", "-o", layers, root]);
    const disk = new Disk(root);
    // Remove units that are enabled on this machine. Debian's redis-server, for example, has the alias redis.service.
    await rm(join(root, UNITS), { recursive: true });
    await disk.write("/etc/machine-id", `${createHash("md5").update(`flotilla-lab-${name}`).digest("hex")}\n`);
    await disk.write("/etc/hostname", `${name}\n`);
    await disk.write(`${UNITS}/lab.target`, LAB_TARGET);
    await disk.write(`${UNITS}/lab-network.service`, labNetwork(address));
    await disk.write(`${UNITS}/lab-ready.service`, LAB_READY);
    await disk.link(`${UNITS}/default.target`, "lab.target");
    for (const unit of MASKED) await disk.link(`${UNITS}/${unit}.service`, "/dev/null");
    return disk;
  }

  /** Writes a file. The host must be off. */
  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  /** Creates a symbolic link. The host must be off. */
  async link(path: string, target: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await symlink(target, join(this.root, path));
  }
}
