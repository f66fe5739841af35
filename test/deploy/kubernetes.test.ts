import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import { expect, onTestFinished, test } from 'vitest';
import { parseAll, serverContainer, typeErrors } from '../manifests.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const base = join(root, 'deploy/kubernetes');

async function kustomize(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)('kubectl', ['kustomize', folder]);
  return stdout;
}

/** A copy to change: what a person has who makes it theirs. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(base, folder, { recursive: true });
  return folder;
}

const nameOfFiles = (rendered: string) =>
  serverContainer(parseAll(rendered)).pod.volumes?.[0]?.configMap?.name;

test('kubectl puts the manifests together, and they are what Kubernetes defines', async () => {
  const rendered = await kustomize(base);
  const manifests = parseAll(rendered);
  expect(manifests.map(({ kind }) => kind).sort()).toEqual([
    'ConfigMap',
    'Deployment',
    'Ingress',
    'NetworkPolicy',
    'PodDisruptionBudget',
    'Service',
  ]);
  expect(await typeErrors(manifests)).toEqual([]);
  expect(serverContainer(manifests).container.image).toMatch(/^registry\.example\.com\/.*:\d/);
  const configMap = manifests.find(({ kind }) => kind === 'ConfigMap') as ConfigMap;
  expect(nameOfFiles(rendered)).toBe(configMap.metadata?.name);
  expect(configMap.data?.['account.sql']).toBe(readFileSync(join(base, 'account.sql'), 'utf8'));
});

test('another query makes other pods', async () => {
  const folder = copy();
  const before = nameOfFiles(await kustomize(folder));
  writeFileSync(join(folder, 'account.sql'), 'select 1');
  expect(nameOfFiles(await kustomize(folder))).not.toBe(before);
});

test('views of one’s own come along', async () => {
  const folder = copy();
  cpSync(join(root, 'views'), join(folder, 'views'), { recursive: true });
  const file = join(folder, 'kustomization.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^( *)#- views/gm, '$1- views'));
  const manifests = parseAll(await kustomize(folder));
  const configMap = manifests.find(({ kind }) => kind === 'ConfigMap') as ConfigMap;
  expect(Object.keys(configMap.data ?? {}).sort()).toEqual([
    'account.ejs',
    'account.sql',
    'fact.ejs',
    'link.ejs',
    'modules.ejs',
    'sidebar.ejs',
  ]);
});

test.each([
  ['a file that there is not', '- account.sql', '- accounts.sql'],
  ['a manifest that there is not', '- service.yaml', '- services.yaml'],
])('kubectl refuses %s', async (_what, right, wrong) => {
  const folder = copy();
  const file = join(folder, 'kustomization.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(right, wrong));
  await expect(kustomize(folder)).rejects.toThrow(wrong.slice(2));
});
