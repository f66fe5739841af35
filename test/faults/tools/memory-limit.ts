import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As in deploy/kubernetes: what the container may use, and the limits of Node's heap. */
const manifest = readFileSync(
  new URL('../../../deploy/kubernetes/deployment.yaml', import.meta.url),
  'utf8',
);
export const memoryLimitMb = Number(/memory: (\d+)Mi\n\s+securityContext/.exec(manifest)?.[1]);
export const nodeOptions = (/value: (--max.*)/.exec(manifest)?.[1] ?? '').split(' ');

const root = '/sys/fs/cgroup';

/**
 * A control group, version 1 or 2, of that much memory; null where this machine does not let us. A
 * process must start in it: what it took before is not counted.
 */
export function createMemoryLimit(): { enter: string; remove: () => void } | null {
  const isV1 = existsSync(join(root, 'memory', 'memory.limit_in_bytes'));
  const home = join(root, isV1 ? 'memory' : '', `sidebar-faults-${process.pid}`);
  try {
    mkdirSync(home);
    const file = isV1 ? 'memory.limit_in_bytes' : 'memory.max';
    writeFileSync(join(home, file), String(memoryLimitMb * 1024 * 1024));
    const remove = () => {
      try {
        rmdirSync(home);
      } catch {
        // The process has only just ended.
      }
    };
    return { enter: `echo $$ > ${join(home, 'cgroup.procs')}`, remove };
  } catch {
    return null;
  }
}

/** Resident memory of a process, in MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}
