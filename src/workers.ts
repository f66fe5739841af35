import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { endOnDefects, hardStopMs, onStopSignal } from './stopping.ts';
import { readVersion } from './version.ts';

/** One of the places for workers, and the worker in it. Who takes it over inherits its share. */
type Place = {
  /** To the database; all places together have what the operator allows. */
  connections: number;
  worker: Worker | null;
  isListening: boolean;
  /** How often in a row a worker ended here that had not answered for long. */
  failures: number;
  listeningSince: number;
  /** How many times it could have said that it is alive since it last did. */
  silences: number;
  /** Whether it was killed for its silence. */
  isHung: boolean;
};

/** Each worker says so often that it is alive. */
export const aliveEveryMs = 1_000;

/** No request takes as long. A worker that is silent so often hangs, and nobody else can end it. */
const mostSilences = 10;

/** Whoever answered for so long did not end because it could not start. */
const answeredLongMs = 10_000;

/** Before a worker takes the place of one that ended; doubled for each failure in a row. */
const shortestPauseMs = 100;
const longestPauseMs = 30_000;

/** So often in a row in every place, and with nobody left to answer, is a matter for a person. */
const mostFailures = 5;

/**
 * Several processes behind one port. The first worker checks everything as a lone process would;
 * the others come when it listens. This process only starts them, passes signals on, and puts
 * another in the place of one that ends. Each accepts connections by itself: those that a worker
 * has not accepted when it is killed go to the others, and one that hangs gets none.
 */
export async function runWorkers(config: Config, log: Log): Promise<void> {
  endOnDefects(log);
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: fileURLToPath(new URL('worker.js', import.meta.url)), args: [] });

  const places = sharesOf(config).map(
    (connections): Place => ({
      connections,
      worker: null,
      isListening: false,
      failures: 0,
      listeningSince: 0,
      silences: 0,
      isHung: false,
    }),
  );
  const [first, ...others] = places as [Place, ...Place[]];
  let hasOpened = false;
  let isStopping = false;
  let exitCode = 0;

  const listening = () =>
    places.flatMap(({ worker, isListening }) => (isListening && worker ? worker : []));

  function start(place: Place): void {
    if (isStopping) return;
    // To itself, a worker is a lone process with fewer connections.
    const env = { WORKERS: '1', DATABASE_CONNECTIONS: String(place.connections) };
    const worker = cluster.fork(env);
    Object.assign(place, { worker, isListening: false, silences: 0, isHung: false });
    worker.on('message', () => {
      place.silences = 0;
    });
    worker.on('listening', () => {
      Object.assign(place, { isListening: true, listeningSince: performance.now() });
      if (hasOpened) return;
      hasOpened = true;
      for (const other of others) start(other);
    });
    worker.on('exit', (code, signal) => onEnd(place, worker, code, signal));
    // When it could not even be started, there is no exit.
    worker.on('error', () => {
      if (worker.process.pid === undefined) onEnd(place, worker, 1, null);
    });
  }

  function onEnd(place: Place, worker: Worker, code: number | null, signal: string | null): void {
    const wasTold = isStopping || code === 0;
    const how = place.isHung ? 'hung' : signal === null ? 'exit' : 'killed';
    watching?.onEnded(worker, wasTold ? null : how);
    const answeredMs = place.isListening ? performance.now() - place.listeningSince : 0;
    Object.assign(place, { worker: null, isListening: false });
    if (isStopping) {
      if (code !== 0 && code !== null) exitCode = 1;
      if (places.every((one) => one.worker === null)) process.exit(exitCode);
      return;
    }
    // What keeps the first from starting, it said itself.
    if (!hasOpened && code === 1) process.exit(1);
    place.failures = wasTold || answeredMs > answeredLongMs ? 0 : place.failures + 1;
    const pauseMs = Math.min(shortestPauseMs * 2 ** place.failures, longestPauseMs);
    const entry = { class: signal ?? `exit_${code}`, worker: worker.process.pid };
    log.error({ event: 'worker_ended', ...entry, pause_ms: pauseMs });
    const isNobodyLeft = places.every(({ isListening }) => !isListening);
    if (!hasOpened || (isNobodyLeft && places.every(({ failures }) => failures >= mostFailures))) {
      log.error({ event: 'gave_up' });
      process.exit(1);
    }
    setTimeout(start, pauseMs, place);
  }

  function killSilent(): void {
    for (const place of places) {
      // One that only just starts may hang as well, in reading a file from a disk that is gone.
      if (place.worker === null || ++place.silences <= mostSilences) continue;
      log.error({ event: 'worker_hangs', worker: place.worker.process.pid });
      place.isHung = true;
      place.worker.process.kill('SIGKILL');
    }
  }

  function stop(signal: NodeJS.Signals): void {
    isStopping = true;
    log.info({ event: 'stopping' });
    const workers = places.flatMap(({ worker }) => worker ?? []);
    if (workers.length === 0) process.exit(0);
    for (const worker of workers) worker.process.kill(signal);
    // They stop themselves before that.
    setTimeout(() => process.exit(1), config.shutdownDelayMs + hardStopMs + 1_000).unref();
  }

  onStopSignal(stop);
  // Nobody is left running, not even one that hangs.
  process.on('exit', () => {
    for (const { worker } of places) worker?.process.kill('SIGKILL');
  });
  const watching =
    config.metrics && (await openWatching(config.metrics, listening, config.workers));
  if (watching) log.info({ event: 'watching', host: watching.host, port: watching.port });
  setInterval(killSilent, aliveEveryMs);
  start(first);
}

/** Loaded only here: without METRICS_PORT nothing is counted, and prom-client not even read. */
async function openWatching(
  { host, port }: NonNullable<Config['metrics']>,
  workers: () => readonly Worker[],
  wanted: number,
) {
  const { addUpWorkers } = await import('./watching/several.ts');
  const { serveWatching } = await import('./watching/serve.ts');
  const version = readVersion();
  const { metricsText, onEnded } = addUpWorkers(workers, wanted);
  const now = () => new Date();
  const listening = await serveWatching({ host, port, metricsText, version, now });
  return { host, port: listening.port, onEnded };
}

/** The operator's connections for each worker, as evenly as they can be divided. */
function sharesOf({ workers, databaseConnections }: Config): number[] {
  return Array.from({ length: workers }, (_, i) => Math.floor((databaseConnections + i) / workers));
}
