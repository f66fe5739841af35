import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

/** Which cores what runs on; null where nothing can be pinned. */
export type Pinning = {
  server: string;
  load: string;
  postgres: string;
};

/**
 * The server alone on a core, so that a figure is its own: Postgres and the load get the others.
 * Null without `taskset` (util-linux) or with a single core.
 */
export function choosePinning(): Pinning | null {
  const cores = allowedCores();
  if (cores.length < 2 || !hasTaskset()) return null;
  const [server, load, ...rest] = cores;
  const postgres = rest.length > 0 ? rest.join(',') : String(load);
  return { server: String(server), load: String(load), postgres };
}

/** Moves a running process and its threads; what it starts from now on goes with it. */
export function pin(pid: number, cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], {
    stdio: 'ignore',
    timeout: 5_000,
  });
}

/** The command and arguments that start Node on these cores. */
export function nodeOn(cores: string | undefined, args: string[]): [string, string[]] {
  if (cores === undefined) return [process.execPath, args];
  return ['taskset', ['--cpu-list', cores, process.execPath, ...args]];
}

/** One line, for a table that somebody reads elsewhere. */
export function describeMachine(postgresVersion: string): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const cores = availableParallelism();
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  return [
    `${cores} cores (${model})`,
    memory,
    `${platform()} ${arch()}`,
    `Node ${process.versions.node}`,
    `Postgres ${postgresVersion}`,
  ].join(', ');
}

function allowedCores(): number[] {
  if (platform() !== 'linux') return [];
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore', timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}
