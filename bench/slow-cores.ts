import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Makes processes as slow as if each had a core of its own of that share of a real one. */
export type SlowCores = {
  slowDown: (pid: number) => void;
  /** When the processes have ended. */
  close: () => Promise<void>;
};

/** CPU quotas of cgroups, version 1. */
const mount = '/sys/fs/cgroup/cpu';
const prefix = 'helpscout-sidebar-bench-';

/** https://www.kernel.org/doc/html/latest/scheduler/sched-design-CFS.html */
const maxShares = 262_144;

/** Short, so that no request waits long for the next period. */
const periodMicroseconds = 10_000;

/** Throws, in words, where the machine does not allow it. */
export function openSlowCores(share: number): SlowCores {
  const parent = ownGroup();
  if (!existsSync(join(parent, 'cpu.cfs_quota_us')))
    throw new Error('there are no CPU quotas of cgroups, version 1, here');
  removeLeftOver(parent);
  const home = join(parent, `${prefix}${process.pid}`);
  try {
    mkdirSync(home);
  } catch (error) {
    throw new Error(`CPU quotas may not be set here (${(error as NodeJS.ErrnoException).code})`);
  }
  const groups = [home];
  // Other processes must not take from the quota: a group counts as a single process.
  writeFileSync(join(home, 'cpu.shares'), String(maxShares));

  return {
    slowDown(pid) {
      const group = join(home, String(pid));
      mkdirSync(group);
      groups.push(group);
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(periodMicroseconds));
      const quota = Math.round(periodMicroseconds * share);
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota));
      writeFileSync(join(group, 'cgroup.procs'), String(pid));
    },
    async close() {
      // A process that has just ended is in its group for a moment.
      for (let attempt = 0; attempt < 20 && groups.length > 0; attempt++) {
        while (groups.length > 0 && remove(groups.at(-1) as string)) groups.pop();
        await wait(50);
      }
    },
  };
}

/** Where this process is, so that it does not leave a quota that it was given. */
function ownGroup(): string {
  if (!existsSync('/proc/self/cgroup')) return mount;
  const [, path = ''] =
    /^\d+:(?:[\w,]*,)?cpu(?:,[\w,]*)?:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
  return existsSync(join(mount, path)) ? join(mount, path) : mount;
}

/** After a bench that was killed. */
function removeLeftOver(parent: string): void {
  for (const name of readdirSync(parent).filter((one) => one.startsWith(prefix))) {
    const home = join(parent, name);
    const folders = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const folder of folders.sort().reverse()) remove(folder);
    remove(home);
  }
}

function remove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
