import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As in deploy/kubernetes: what the container may use, and Node's heap. */
export const memoryLimitMb = 192;
export const heapOption = `--max-old-space-size=${readHeapMb()}`;

function readHeapMb(): string {
  const manifest = readFileSync(
    new URL('../../../deploy/kubernetes/deployment.yaml', import.meta.url),
    'utf8',
  );
  return /--max-old-space-size=(\d+)/.exec(manifest)?.[1] ?? '';
}

const root = '/sys/fs/cgroup';

/**
 * Limits the memory of a process by a control group of its own, version 1 or 2; null where this machine
 * does not let us. Gives what removes the group once the process has ended.
 */
export function limitMemory(pid: number): (() => void) | null {
  const isV1 = existsSync(join(root, 'memory', 'memory.limit_in_bytes'));
  const home = join(root, isV1 ? 'memory' : '', `sidebar-faults-${pid}`);
  try {
    mkdirSync(home);
    const file = isV1 ? 'memory.limit_in_bytes' : 'memory.max';
    writeFileSync(join(home, file), String(memoryLimitMb * 1024 * 1024));
    writeFileSync(join(home, 'cgroup.procs'), String(pid));
    return () => {
      try {
        rmdirSync(home);
      } catch {
        // The process has only just ended.
      }
    };
  } catch {
    return null;
  }
}

/** Resident memory of a process, in MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}
