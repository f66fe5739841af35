import { execFile } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Container, PodSpec, Service } from 'kubernetes-types/core/v1.js';
import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { Ingress, NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import { parse, parseAllDocuments } from 'yaml';
import { checkConfig } from '../src/server/config.ts';
import { secretKey } from './examples.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'deploy/kubernetes');

/** A file's name and its text. */
export type Files = Map<string, string>;

type Manifest = { apiVersion: string; kind: string };

export function readFiles(): Files {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

type Kustomization = { resources: string[]; configMapGenerator: { files: string[] }[] };

export const kustomization = (files: Files): Kustomization =>
  parse(files.get('kustomization.yaml') ?? '');

/** What is in these files but for the kustomization; YAML that is not right is thrown. */
export function toManifests(files: Files): Manifest[] {
  return [...files]
    .filter(([name]) => name !== 'kustomization.yaml')
    .flatMap(([, text]) => parseAll(text));
}

export function parseAll(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    for (const error of document.errors) throw error;
    return document.toJS();
  });
}

function the<T extends Manifest>(manifests: Manifest[], kind: string): T {
  const [one, another] = manifests.filter((manifest) => manifest.kind === kind);
  if (one === undefined || another !== undefined) throw new Error(`not one ${kind}`);
  return one as T;
}

type Known<T> = T & Manifest;

/** The server's container, with what it has in it. */
export function serverContainer(manifests = toManifests(readFiles())) {
  const pod = podOf(manifests);
  const [container] = pod.containers;
  const env = container?.env ?? [];
  const setting = (name: string) => env.find((one) => one.name === name)?.value;
  return { pod, container: container as Container, env, setting };
}

function podOf(manifests: Manifest[]): PodSpec {
  const pod = the<Known<Deployment>>(manifests, 'Deployment').spec?.template.spec;
  if (pod === undefined) throw new Error('a Deployment without pods');
  return pod;
}

/** `128Mi` in bytes. */
export function toBytes(quantity: string | undefined): number {
  return Number(/^(\d+)Mi$/.exec(quantity ?? '')?.[1] ?? Number.NaN) * 1024 ** 2;
}

/**
 * What does not fit Kubernetes' own definitions, as published for its API: a misspelt field, a
 * wrong type, something missing. The compiler compares; one line for each.
 */
export async function typeErrors(manifests: Manifest[]): Promise<string[]> {
  const work = mkdtempSync(join(tmpdir(), 'manifests-'));
  try {
    const file = join(work, 'manifests.ts');
    const lines = manifests.map(({ apiVersion, kind, ...rest }, index) => {
      const group = apiVersion.includes('/')
        ? apiVersion.replace('.k8s.io', '')
        : `core/${apiVersion}`;
      const type = `import('kubernetes-types/${group}').${kind}`;
      const literal = JSON.stringify({ apiVersion, kind, ...rest }, null, 1);
      return `export const _${index}: ${type} = ${literal};`;
    });
    writeFileSync(file, lines.join('\n'));
    symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'));
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
    const tsc = join(dirname(typescript), 'bin/tsc');
    const options = '--noEmit --strict --module nodenext --target es2023 --types --pretty false';
    return await new Promise((resolve) => {
      execFile(
        process.execPath,
        [tsc, ...options.split(' '), file],
        { cwd: work },
        (error, stdout) =>
          resolve(
            error === null ? [] : stdout.split('\n').filter((line) => line.includes('error TS')),
          ),
      );
    });
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The longest that a process takes to stop, besides SHUTDOWN_DELAY_SECONDS. */
const hardStopSeconds =
  Number(
    /hardStopMs = ([\d_]+);/
      .exec(readFileSync(join(root, 'src/server/shutdown.ts'), 'utf8'))?.[1]
      ?.replace('_', ''),
  ) / 1_000;

/** The names in .env.example, and what Node itself reads. */
export const settings = [
  ...readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^([A-Z_]+)=/gm),
].map(([, name]) => name);

/** Whether what the files say of one another, and of this server, is so; one line for each that is not. */
export function disagreements(files: Files): string[] {
  const found: string[] = [];
  const expect = (isSo: boolean | undefined, otherwise: string) => {
    if (isSo !== true) found.push(otherwise);
  };
  const manifests = toManifests(files);
  const deployment = the<Known<Deployment>>(manifests, 'Deployment');
  const service = the<Known<Service>>(manifests, 'Service');
  const ingress = the<Known<Ingress>>(manifests, 'Ingress');
  const budget = the<Known<PodDisruptionBudget>>(manifests, 'PodDisruptionBudget');
  const policy = the<Known<NetworkPolicy>>(manifests, 'NetworkPolicy');
  const { pod, container, env, setting } = serverContainer(manifests);

  // Files.
  const { resources, configMapGenerator } = kustomization(files);
  const named = [...resources, 'kustomization.yaml'].sort().join();
  expect(named === [...files.keys()].sort().join(), `the kustomization names ${named}`);
  for (const file of configMapGenerator.flatMap(({ files }) => files))
    expect(readdirSync(folder).includes(file), `there is no ${file}`);

  // Labels.
  const labels = deployment.spec?.template.metadata?.labels ?? {};
  const finds = (selector: LabelSelector['matchLabels']) =>
    Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value) &&
    Object.keys(selector ?? {}).length > 0;
  expect(finds(deployment.spec?.selector.matchLabels), 'the Deployment does not find its pods');
  expect(finds(service.spec?.selector), 'the Service does not find the pods');
  expect(
    finds(budget.spec?.selector?.matchLabels),
    'the PodDisruptionBudget does not find the pods',
  );
  expect(finds(policy.spec?.podSelector.matchLabels), 'the NetworkPolicy does not find the pods');
  for (const { labelSelector } of pod.topologySpreadConstraints ?? [])
    expect(finds(labelSelector?.matchLabels), 'a spread constraint does not find the pods');

  // Ports.
  const http = container.ports?.find(({ name }) => name === 'http')?.containerPort;
  expect(`${http}` === setting('PORT'), 'PORT is not the port of the container');
  const [servicePort] = service.spec?.ports ?? [];
  expect(servicePort?.targetPort === 'http', 'the Service leads to another port');
  for (const { http } of ingress.spec?.rules ?? [])
    for (const { path, backend } of http?.paths ?? []) {
      expect(backend.service?.name === service.metadata?.name, 'the Ingress leads elsewhere');
      expect(
        backend.service?.port?.name === servicePort?.name,
        'the Ingress leads to another port',
      );
      expect(path === '/helpscout', 'the Ingress opens what is only for the cluster');
    }
  const letIn = policy.spec?.ingress?.flatMap(({ ports }) => ports ?? []) ?? [];
  expect(letIn[0]?.port === 'http', 'the NetworkPolicy lets nobody in');
  expect(
    policy.spec?.policyTypes?.join() === 'Ingress,Egress',
    'the NetworkPolicy leaves a way open',
  );
  const hosts = ingress.spec?.tls?.flatMap(({ hosts }) => hosts ?? []).join();
  const ruled = ingress.spec?.rules?.map(({ host }) => host).join();
  expect(hosts === ruled, 'the certificate is not for the host of the Ingress');

  // Settings.
  for (const { name } of env)
    expect(settings.includes(name) || name === 'NODE_OPTIONS', `${name} is no setting`);
  expect(new Set(env.map(({ name }) => name)).size === env.length, 'a setting is given twice');
  const values = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const secrets = { HELPSCOUT_SECRET_KEY: secretKey, DATABASE_URL: 'postgres://app@db/app' };
  const inPlace = { ACCOUNT_QUERY_FILE: join(folder, 'account.sql'), NODE_ENV: 'production' };
  found.push(...checkConfig({ ...values, ...secrets, ...inPlace }).problems);
  for (const { name, valueFrom } of env.filter(({ name }) =>
    /SECRET|DATABASE_URL|APP_ID/.test(name),
  ))
    expect(valueFrom?.secretKeyRef?.key === name, `${name} is not from the Secret`);
  for (const name of Object.keys(secrets))
    expect(
      env.some((one) => one.name === name && !one.valueFrom?.secretKeyRef?.optional),
      `a pod starts without ${name}`,
    );
  expect(!manifests.some(({ kind }) => kind === 'Secret'), 'a Secret is in the repository');
  const mounted = container.volumeMounts?.find(({ name }) =>
    pod.volumes?.some((volume) => volume.name === name && volume.configMap !== undefined),
  );
  expect(
    setting('ACCOUNT_QUERY_FILE') === `${mounted?.mountPath}/account.sql`,
    'ACCOUNT_QUERY_FILE is not where it is mounted',
  );

  // Time and room.
  const delay = Number(setting('SHUTDOWN_DELAY_SECONDS'));
  const grace = pod.terminationGracePeriodSeconds ?? 30;
  expect(grace >= delay + hardStopSeconds + 5, 'a pod is killed before it has stopped');
  const heap = Number(/^--max-old-space-size=(\d+)$/.exec(setting('NODE_OPTIONS') ?? '')?.[1]);
  const limit = toBytes(container.resources?.limits?.['memory']);
  expect(heap * 1024 ** 2 <= 0.7 * limit, 'the heap may outgrow the memory');
  const replicas = deployment.spec?.replicas ?? 1;
  expect(replicas >= 2, 'there is one pod only');
  expect(
    deployment.spec?.strategy?.rollingUpdate?.maxUnavailable === 0,
    'an update takes a pod away',
  );
  expect(Number(budget.spec?.maxUnavailable) < replicas, 'a drain may take all pods');

  // Probes.
  expect(container.livenessProbe?.httpGet?.path === '/healthz', 'liveness is not of the process');
  expect(container.startupProbe?.httpGet?.path === '/healthz', 'the start is not of the process');
  expect(container.readinessProbe?.httpGet?.path === '/readyz', 'readiness is not /readyz');
  for (const probe of [container.livenessProbe, container.startupProbe, container.readinessProbe])
    expect(probe?.httpGet?.port === 'http', 'a probe asks at another port');

  found.push(...privileges(pod, container));
  return found;
}

/** What the "restricted" level of the Pod Security Standards forbids, and what we forbid besides. */
function privileges(pod: PodSpec, container: Container): string[] {
  const user = /^USER (\d+):(\d+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const { securityContext: outer } = pod;
  const { securityContext: inner } = container;
  const rules = {
    'may run as root': outer?.runAsNonRoot === true,
    'runs as another user than the image':
      `${outer?.runAsUser}:${outer?.runAsGroup}` === `${user?.[1]}:${user?.[2]}`,
    'has every system call': outer?.seccompProfile?.type === 'RuntimeDefault',
    'may gain privileges': inner?.allowPrivilegeEscalation === false,
    'has capabilities': inner?.capabilities?.drop?.join() === 'ALL' && !inner.capabilities.add,
    'may write to its disk': inner?.readOnlyRootFilesystem === true,
    'has a token of the cluster': pod.automountServiceAccountToken === false,
    'shares something of the node': !(
      pod.hostNetwork ||
      pod.hostPID ||
      pod.hostIPC ||
      inner?.privileged
    ),
  };
  return Object.entries(rules)
    .filter(([, isKept]) => !isKept)
    .map(([rule]) => `a pod ${rule}`);
}
