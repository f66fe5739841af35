import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const exec = promisify(execFile);

export type Done = { code: number; stdout: string; stderr: string };

/** Stands in the registry's settings that the build is given; the image must not remember it. */
export const npmrcCanary = 'canary-of-the-npmrc';

/** Stands in files beside the sources that must not get into the image. */
export const secretCanary = 'canary-of-a-secret';

/** The image, built from the Dockerfile, in a storage of its own. */
export type Image = {
  name: string;
  /** Of the image and of what it stands on, in bytes. */
  size: number;
  baseSize: number;
  /** Runs podman; a failure is an outcome. */
  podman: (...args: string[]) => Promise<Done>;
  /** Starts a container as hardened as one can be, and gives its id; it is gone with the image. */
  start: (
    settings: Record<string, string>,
    options?: string[],
    command?: string[],
  ) => Promise<string>;
  /** The folder in which all its files can be looked at. */
  folder: string;
  close: () => Promise<void>;
};

/** Without cgroup, network or ulimits of its own choice: a sandbox may have none of them to give. */
const runnable = [
  '--network',
  'host',
  '--ulimit',
  'nofile=1024:2048',
  '--ulimit',
  'nproc=1000:1000',
];

/** Read-only to the last folder, without a single privilege, and without an init. */
const hardened = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
];

export async function buildImage(): Promise<Image> {
  const folder = mkdtempSync(join(tmpdir(), 'sidebar-image-'));
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')];
  const engine = [
    ...storage,
    '--storage-driver=vfs',
    '--runtime=runc',
    '--cgroup-manager=cgroupfs',
  ];
  const podman = (...args: string[]): Promise<Done> =>
    exec('podman', [...engine, ...args], { maxBuffer: 64 * 1024 * 1024 }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout = '', stderr = '', message }) => ({
        code: typeof code === 'number' ? code : 127,
        stdout,
        stderr: stderr || message,
      }),
    );
  const well = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await podman(...args);
    if (code !== 0) throw new Error(`podman ${args[0]} ended with ${code}: ${stdout}${stderr}`);
    return stdout.trim();
  };
  const sizeOf = async (image: string) =>
    Number(await well('image', 'inspect', '--format', '{{.Size}}', image));
  const close = async () => {
    await podman('rm', '--all', '--force', '--time=0');
    await podman('image', 'unmount', '--all');
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    console.log('image: making what it stands on, by debootstrap …');
    const base = await importBase(folder, well);
    const name = 'helpscout-sidebar:tried';
    console.log('image: building it …');
    // As Docker does it, and with the settings of this machine's npm, which belong to no image.
    const how = ['--format=docker', '--isolation=chroot', '--layers=false', '--pull=never'];
    const npmrc = `--secret=id=npmrc,src=${await writeNpmrc(folder)}`;
    const network = runnable.slice(0, 4);
    await well('build', ...how, ...network, npmrc, `--tag=${name}`, await makeContext(folder));
    const start: Image['start'] = (settings, options = [], command = []) => {
      const env = Object.entries(settings).map(([key, value]) => `--env=${key}=${value}`);
      return well(
        'run',
        '--detach',
        ...runnable,
        ...hardened,
        ...env,
        ...options,
        name,
        ...command,
      );
    };
    return {
      name,
      size: await sizeOf(name),
      baseSize: await sizeOf(base),
      podman,
      start,
      folder: await well('image', 'mount', name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whatever the Dockerfile stands on, under that very name; gives the name. */
async function importBase(
  folder: string,
  well: (...args: string[]) => Promise<string>,
): Promise<string> {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const [, base = '', version = '', suite = ''] =
    /^ARG NODE_IMAGE=(node:([\d.]+)-(\w+)-slim)$/m.exec(dockerfile) ?? [];
  const system = join(folder, 'base');
  await exec(join(root, 'test/deploy/stand-in-base'), [version, suite, system], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const archive = join(folder, 'base.tar');
  await exec('tar', ['--create', '--file', archive, '--directory', system, '.']);
  await well('import', '--change=ENTRYPOINT ["docker-entrypoint.sh"]', archive, base);
  rmSync(system, { recursive: true });
  rmSync(archive);
  return base;
}

/** As if checked out by somebody whose files nobody else may read, with secrets lying about. */
async function makeContext(folder: string): Promise<string> {
  const context = join(folder, 'context');
  mkdirSync(context);
  const forNpm = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json'];
  const shown = [
    'Dockerfile',
    '.dockerignore',
    'LICENSE',
    '.env.example',
    'src',
    'sql',
    'page',
    'views',
  ];
  for (const path of [...forNpm, ...shown, 'preview', 'test', 'deploy'])
    cpSync(join(root, path), join(context, path), { recursive: true });
  for (const secret of ['.env', 'sql/customers.csv', 'id_rsa'])
    writeFileSync(join(context, secret), secretCanary);
  await exec('chmod', ['--recursive', 'go=', context]);
  return context;
}

/** The machine's own registry settings, with the certificates that it trusts written out. */
async function writeNpmrc(folder: string): Promise<string> {
  const setting = async (name: string) => {
    const { stdout } = await exec('npm', ['config', 'get', name], { cwd: tmpdir() });
    return /^(null|undefined)?$/.test(stdout.trim()) ? null : stdout.trim();
  };
  const userconfig = await setting('userconfig');
  const own = userconfig !== null && existsSync(userconfig) ? readFileSync(userconfig, 'utf8') : '';
  const trusted = [await setting('cafile'), process.env['NODE_EXTRA_CA_CERTS']]
    .filter((file) => file && existsSync(file))
    .flatMap((file) => readFileSync(file as string, 'utf8').match(certificates) ?? []);
  const ca = trusted.length > 0 ? [...new Set([...rootCertificates, ...trusted])] : [];
  const lines = [
    `; ${npmrcCanary}`,
    own.replace(/^(cafile|ca\[\]) *=.*$/gm, ''),
    `registry=${await setting('registry')}`,
    ...ca.map((one) => `ca[]=${JSON.stringify(one)}`),
  ];
  const file = join(folder, 'npmrc');
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

const certificates = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** What a container printed, once it has printed this. */
export async function printed(image: Image, container: string, text: string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { stdout, stderr } = await image.podman('logs', container);
    if ((stdout + stderr).includes(text)) return stdout + stderr;
    await wait(100);
  }
  const { stdout, stderr } = await image.podman('logs', container);
  throw new Error(`"${text}" is not in: ${stdout}${stderr}`);
}
