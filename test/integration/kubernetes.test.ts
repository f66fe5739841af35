import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { secretKey } from '../examples.ts';
import {
  disagreements,
  type Files,
  readFiles,
  serverContainer,
  toManifests,
  typeErrors,
} from '../manifests.ts';
import { startServer, stopServers } from '../server-process.ts';

// deploy/kubernetes, as far as it can be examined without a cluster; `npm run test:deploy` has
// kubectl put it together.

afterAll(stopServers);

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The files with one mistake in them. */
function withMistake(file: string, right: string, wrong: string): Files {
  const files = readFiles();
  const text = files.get(file) ?? '';
  expect(text).toContain(right);
  return files.set(file, text.replace(right, wrong));
}

/** The files with all that they only suggest: the lines with no space, or with two, after "#". */
function withSuggestions(): Files {
  const suggested = /^( *)#(?=\S| {2})/gm;
  return new Map([...readFiles()].map(([name, text]) => [name, text.replace(suggested, '$1')]));
}

describe('the manifests', () => {
  test('are what Kubernetes defines', async () => {
    expect(await typeErrors(toManifests(readFiles()))).toEqual([]);
  }, 30_000);

  test.each([
    ['a field that there is not', 'readOnlyRootFilesystem', 'readOnlyRootFileSystem'],
    ['a text for a number', 'replicas: 2', 'replicas: "2"'],
    ['something left out', '- name: files\n          configMap', '- configMap'],
    ['a kind of another group', 'apps/v1', 'batch/v1'],
    ['a list for a value', 'type: RuntimeDefault', 'type: [RuntimeDefault]'],
  ])(
    'with %s are not',
    async (_what, right, wrong) => {
      const files = withMistake('deployment.yaml', right, wrong);
      expect(await typeErrors(toManifests(files))).not.toEqual([]);
    },
    30_000,
  );

  test('agree with one another, and with the server', () => {
    expect(disagreements(readFiles())).toEqual([]);
  });

  test.each([
    [
      'deployment.yaml',
      'name: PORT\n              value: "3000"',
      'name: PORT\n              value: "3001"',
      'PORT is not the port of the container',
    ],
    ['deployment.yaml', 'name: LOCALE', 'name: LOCALES', 'LOCALES is no setting'],
    [
      'deployment.yaml',
      'en-GB',
      'english',
      'LOCALE must be a language tag such as en-GB or de-CH, but is "english"',
    ],
    [
      'deployment.yaml',
      'key: DATABASE_URL',
      'key: DATABASE',
      'DATABASE_URL is not from the Secret',
    ],
    [
      'deployment.yaml',
      'terminationGracePeriodSeconds: 30',
      'terminationGracePeriodSeconds: 20',
      'a pod is killed before it has stopped',
    ],
    ['deployment.yaml', '=128', '=192', 'the heap may outgrow the memory'],
    [
      'deployment.yaml',
      'livenessProbe:\n            httpGet: { path: /healthz',
      'livenessProbe:\n            httpGet: { path: /readyz',
      'liveness is not of the process',
    ],
    [
      'deployment.yaml',
      'mountPath: /etc/helpscout-sidebar',
      'mountPath: /etc/sidebar',
      'ACCOUNT_QUERY_FILE is not where it is mounted',
    ],
    [
      'deployment.yaml',
      'runAsUser: 1000',
      'runAsUser: 1001',
      'a pod runs as another user than the image',
    ],
    ['deployment.yaml', 'drop: [ALL]', 'drop: [CHOWN]', 'a pod has capabilities'],
    [
      'deployment.yaml',
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
      'a pod may write to its disk',
    ],
    ['deployment.yaml', 'maxUnavailable: 0', 'maxUnavailable: 1', 'an update takes a pod away'],
    [
      'service.yaml',
      'selector:\n    app.kubernetes.io/name: helpscout-sidebar',
      'selector:\n    app: helpscout-sidebar',
      'the Service does not find the pods',
    ],
    ['service.yaml', 'targetPort: http', 'targetPort: 80', 'the Service leads to another port'],
    [
      'ingress.yaml',
      'path: /helpscout',
      'path: /',
      'the Ingress opens what is only for the cluster',
    ],
    [
      'ingress.yaml',
      'hosts: [sidebar.example.com]',
      'hosts: [example.com]',
      'the certificate is not for the host of the Ingress',
    ],
    [
      'network-policy.yaml',
      '[Ingress, Egress]',
      '[Ingress]',
      'the NetworkPolicy leaves a way open',
    ],
    [
      'pod-disruption-budget.yaml',
      'maxUnavailable: 1',
      'maxUnavailable: 2',
      'a drain may take all pods',
    ],
    ['kustomization.yaml', '- account.sql', '- accounts.sql', 'there is no accounts.sql'],
    [
      'kustomization.yaml',
      '  - service.yaml\n',
      '',
      'the kustomization names deployment.yaml,ingress.yaml,kustomization.yaml,network-policy.yaml,pod-disruption-budget.yaml',
    ],
  ])('do not any more: %s with %j as %j', (file, right, wrong, said) => {
    expect(disagreements(withMistake(file, right, wrong))).toContain(said);
  });

  test('can take what they suggest in comments', async () => {
    const files = withSuggestions();
    expect(files.get('deployment.yaml')).toMatch(/^ {12}- name: VIEWS_DIR$/m);
    expect(files.get('network-policy.yaml')).toMatch(/^ {8}- port: metrics$/m);
    expect(await typeErrors(toManifests(files))).toEqual([]);
    const suggested = files.get('kustomization.yaml')?.match(/views\/\S+/g) ?? [];
    expect(suggested.length).toBeGreaterThan(0);
    for (const view of suggested)
      expect(existsSync(new URL(`../../${view}`, import.meta.url)), view).toBe(true);
  }, 30_000);

  test('ask the database as the role that npm run role makes may', () => {
    const statement = (path: string) =>
      read(path)
        .replace(/^--.*\n/gm, '')
        .trim();
    expect(statement('deploy/kubernetes/account.sql')).toBe(statement('sql/through-function.sql'));
  });
});

test('docs/deploying.md names all that the Secret may have', () => {
  const keys = serverContainer().env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.key ?? []);
  expect(keys.length).toBeGreaterThan(2);
  for (const key of keys) expect(read('docs/deploying.md')).toContain(key);
});

test('probes restart nothing while the database is away, and take a pod out that is to stop', async () => {
  const { container } = serverContainer();
  const { port, child } = await startServer({
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    HELPSCOUT_SECRET_KEY: secretKey,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    SHUTDOWN_DELAY_SECONDS: '2',
  });
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const ask = async () =>
    Promise.all(
      [startupProbe, livenessProbe, readinessProbe].map(async (probe) => {
        const response = await fetch(`http://127.0.0.1:${port}${probe?.httpGet?.path}`);
        return response.status;
      }),
    );
  expect(await ask()).toEqual([200, 200, 200]);
  child.kill('SIGTERM');
  await wait(200);
  expect(await ask()).toEqual([200, 200, 503]);
});
